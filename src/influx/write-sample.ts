import { mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Instant } from "../core/time.js";
import { LATE_MINUTES, sampleLines } from "./sample/sample-lines.js";

const HOUR = 3_600_000;
const TICK = 10_000;

/** Where the sample goes, up to when, and how many hours of it. */
export interface SampleOptions {
  readonly folder: string;
  readonly until: Instant;
  readonly hours: number;
}

/** What was written; files that were there already, whole, are not counted. */
export interface SampleReport {
  readonly files: number;
  readonly points: number;
}

/**
 * Writes the points of 8 air sensors (measurement `airSensors`, tag `sensor_id`, fields co, temperature, humidity, every 10 s) as line protocol into
 * `folder/sensors/2026-01-01T10.lp`, a file an hour of arrival in UTC, up to `until`.
 *
 * A point depends on its sensor and its time alone, so the same hour is always the same bytes: a file that is there whole is left as it is.
 */
export async function writeSample({ folder, until, hours }: SampleOptions): Promise<SampleReport> {
  const bucket = join(folder, "sensors");
  await mkdir(bucket, { recursive: true });
  const current = Math.floor(until / HOUR) * HOUR;
  let files = 0;
  let points = 0;
  for (let hour = current - hours * HOUR; hour <= current; hour += HOUR) {
    const path = join(bucket, `${new Date(hour).toISOString().slice(0, 13)}.lp`);
    if (await isWhole(path, hour)) continue;
    const lines = arrivals(hour, Math.min(hour + HOUR, until));
    if (lines.length === 0 || !(await replace(path, `${lines.join("\n")}\n`))) continue;
    files++;
    points += lines.length;
  }
  return { files, points };
}

/** The lines that arrive in [from, to): first those that are late. */
function arrivals(from: Instant, to: Instant): string[] {
  const lines: string[] = [];
  const sent = from - LATE_MINUTES * 60_000;
  for (let time = sent - HOUR; time < sent; time += TICK) lines.push(...sampleLines(time, "late"));
  for (let time = from; time < to; time += TICK) lines.push(...sampleLines(time, "punctual"));
  return lines;
}

/** Whether the file ends with the last point of its hour: files appear whole, so nothing before that is missing. */
async function isWhole(path: string, hour: Instant): Promise<boolean> {
  const expected = ` ${hour + HOUR - TICK}000000\n`;
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(expected.length), 0, expected.length, Math.max(0, size - expected.length));
    return buffer.toString("latin1") === expected;
  } finally {
    await file.close();
  }
}

/** Puts the text in place, unless it is there already. */
async function replace(path: string, text: string): Promise<boolean> {
  const before = await readFile(path, "utf8").catch(() => null);
  if (before === text) return false;
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
  return true;
}
