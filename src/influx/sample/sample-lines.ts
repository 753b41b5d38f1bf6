import type { Instant } from "../../core/time.js";
import { noise, smoothNoise } from "./noise.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Sensor {
  readonly id: string;
  readonly seed: number;
  readonly temperature: number;
  readonly humidity: number;
  readonly co: number;
}

const SENSORS: readonly Sensor[] = ["TLM0100", "TLM0101", "TLM0102", "TLM0103", "TLM0200", "TLM0201", "TLM0202", "TLM0203"].map(
  (id, index) => ({
    id,
    seed: index + 1,
    temperature: 71.2 + 4 * noise(index, 1),
    humidity: 34.9 + noise(index, 2),
    co: 0.4 + 0.1 * noise(index, 3),
  }),
);

/** Its co rises for two days, then it is calibrated. */
const DRIFTING = "TLM0200";
/** It is silent for 40 minutes each day. */
const SILENT = { id: "TLM0102", from: 3 * HOUR + 10 * MINUTE, to: 3 * HOUR + 50 * MINUTE };
/** Its co cell fails now and then. */
const FAILING = "TLM0203";
/** It sends once an hour, and not yet what it measured in the last minutes: those come with the next hour's. */
const LATE = "TLM0103";
export const LATE_MINUTES = 2;

function isSilent(sensor: Sensor, time: Instant): boolean {
  const ofDay = time % DAY;
  return sensor.id === SILENT.id && ofDay >= SILENT.from && ofDay < SILENT.to;
}

/** A calm wave over the day, waves of minutes and hours, and a flicker. */
function wander(seed: number, time: Instant): number {
  const day = Math.sin((2 * Math.PI * (time % DAY)) / DAY);
  return (
    day +
    0.6 * smoothNoise(seed, time / (3 * HOUR)) +
    0.25 * smoothNoise(seed + 50, time / (10 * MINUTE)) +
    0.02 * noise(seed + 100, time / 1000)
  );
}

function coOf(sensor: Sensor, time: Instant): number {
  const drift = sensor.id === DRIFTING ? (9 * (time % (2 * DAY))) / (2 * DAY) : 0;
  return Math.max(0, sensor.co + drift + 0.08 * wander(sensor.seed + 300, time));
}

function toLine(sensor: Sensor, time: Instant): string {
  const temperature = sensor.temperature + 1.5 * wander(sensor.seed, time);
  const humidity = sensor.humidity + 0.8 * wander(sensor.seed + 200, time);
  const missing = sensor.id === FAILING && noise(sensor.seed + 400, time / 1000) > 0.97;
  const co = missing ? "" : `co=${coOf(sensor, time)},`;
  return `airSensors,sensor_id=${sensor.id} ${co}humidity=${humidity},temperature=${temperature} ${time}000000`;
}

/** The lines of the sensors that send at once, or of the one that sends once an hour. */
export function sampleLines(time: Instant, arrival: "punctual" | "late"): string[] {
  return SENSORS.filter((sensor) => !isSilent(sensor, time) && (sensor.id === LATE) === (arrival === "late")).map((sensor) =>
    toLine(sensor, time),
  );
}
