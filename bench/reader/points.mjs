// The points of the reader's bench: 20 sensors, every 10 s, three fields, within one shard from a Monday on.
export const START = Date.parse("2026-01-05T00:00:00Z");
export const TICK = 10_000;
export const SENSORS = Array.from({ length: 20 }, (_, index) => `TLM${String(index).padStart(4, "0")}`);
export const FIELDS = ["co", "temperature", "humidity"];

/** A number in [0, 1) with all the digits that a measured one has. */
function noise(tick, sensor, field) {
  return ((tick * 7919 + sensor * 104_729 + field * 1_299_709) % 1_000_003) / 1_000_003;
}

/** The values of a tick, as text, like those of InfluxDB's own air sensors: `co=0.48445310567793615,temperature=71.24021491535241,humidity=35.1194975880816`. */
export function valuesOf(tick, sensor) {
  return [0.4 + noise(tick, sensor, 0) / 5, 71 + noise(tick, sensor, 1) * 5, 35 + noise(tick, sensor, 2)].map(String);
}

export function lineOf(tick, sensor) {
  const [co, temperature, humidity] = valuesOf(tick, sensor);
  return `air,sensor_id=${SENSORS[sensor]} co=${co},temperature=${temperature},humidity=${humidity} ${START + tick * TICK}000000\n`;
}

/** Lines of protocol of ticks [from, to), or rows of CSV. */
export function textOf(from, to, line = lineOf) {
  const lines = [];
  for (let tick = from; tick < to; tick++) for (let sensor = 0; sensor < SENSORS.length; sensor++) lines.push(line(tick, sensor));
  return lines.join("");
}
