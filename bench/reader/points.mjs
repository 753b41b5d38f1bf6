// The points of the reader's bench: 20 sensors, every 10 s, three fields, within one shard from a Monday on.
export const START = Date.parse("2026-01-05T00:00:00Z");
export const TICK = 10_000;
export const SENSORS = Array.from({ length: 20 }, (_, index) => `TLM${String(index).padStart(4, "0")}`);
export const FIELDS = ["co", "temperature", "humidity"];

/** The values of a tick, as text: the same for every sensor but for the first digit. */
export function valuesOf(tick, sensor) {
  const noise = (tick * 7919) % 10_007;
  return [`${sensor}.${noise}`, `${71 + (noise % 13)}.${noise % 997}`, `${35 + (noise % 7)}.${noise % 89}`];
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
