import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunEvent } from "../core/events.js";
import type { Outcome, RunEntry, RunReport, RunStatus, WindowReport } from "../core/reports.js";
import { EventReader } from "./read-events.js";
import { RUN_FILE, type RunFile } from "./run-file.js";
import type { Processes } from "./session.js";

/** A run as its folder tells it. */
export interface RecordedRun {
  readonly entry: RunEntry;
  readonly events: readonly RunEvent[];
  /** Null where the run has not ended. */
  readonly report: RunReport | null;
}

/** Reads all that a run has written. */
export async function readRun(folder: string, id: string, processes: Processes): Promise<RecordedRun> {
  const file = await readRunFile(folder);
  // before the events: a run that ends in between has then written its last one
  const alive = isAlive(file, processes);
  const events = await new EventReader(folder).next();
  const end = events.findLast((event) => event.type === "run:end");
  const report = end?.data.report ?? null;
  const entry: RunEntry = {
    id,
    pipeline: file?.pipeline ?? events[0]?.pipeline ?? null,
    status: statusOf(report, alive),
    started: file?.started ?? events[0]?.ts ?? null,
    ended: end?.ts ?? null,
    ms: report?.ms ?? null,
    events: events.length,
    windows: countOutcomes(windowsOf(events)),
    error: end?.data.error ?? null,
  };
  return { entry, events, report };
}

/** The windows that a run has settled. */
export function windowsOf(events: readonly RunEvent[]): WindowReport[] {
  return events.flatMap((event) => (event.type === "window:end" ? [event.data] : []));
}

/** Whether somebody still works on a run; null where that cannot be told from here. */
export function isAlive(file: RunFile | null, processes: Processes): boolean | null {
  return file === null ? false : processes.isAlive(file.process);
}

/** Who runs what; null where the folder does not say. */
export async function readRunFile(folder: string): Promise<RunFile | null> {
  try {
    return JSON.parse(await readFile(join(folder, RUN_FILE), "utf8")) as RunFile;
  } catch {
    return null;
  }
}

/** When a run began, by the machine's clock, in ms: what `--now` says about the time does not put runs in order. */
export async function beganAt(folder: string): Promise<number> {
  const found = await stat(join(folder, RUN_FILE)).catch(() => stat(folder).catch(() => null));
  return found?.mtimeMs ?? 0;
}

function statusOf(report: RunReport | null, alive: boolean | null): RunStatus {
  if (report !== null) return report.ok ? "ok" : "failed";
  if (alive === null) return "unknown";
  return alive ? "running" : "interrupted";
}

function countOutcomes(windows: readonly WindowReport[]): Record<Outcome, number> {
  const counts = { loaded: 0, empty: 0, failed: 0, refused: 0, skipped: 0 };
  for (const { status } of windows) counts[status] += 1;
  return counts;
}
