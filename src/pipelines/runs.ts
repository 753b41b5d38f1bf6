import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SqlRow } from "../core/database.js";
import type { Engine } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { RunEvent } from "../core/events.js";
import { nearest } from "../core/nearest.js";
import type { RunDetails, RunEntry, StepReport } from "../core/reports.js";
import { EVENTS_FILE, EventReader } from "./read-events.js";
import { beganAt, isAlive, type RecordedRun, readRun, readRunFile, windowsOf } from "./read-run.js";
import type { EngineParts } from "./session.js";

/** How often a followed run is looked at, in ms. */
const PAUSE = 200;

/** The face of `.kpi/runs`: everything here is read from the runs' own files, while the warehouse stays closed. */
export function openRuns({ project, processes }: Pick<EngineParts, "project" | "processes">): Engine["runs"] {
  const root = runsFolder(project.root);
  const read = (id: string) => readRun(join(root, id), id, processes);
  return {
    async list({ pipeline, status, window, most = Number.POSITIVE_INFINITY, since = Number.NEGATIVE_INFINITY }) {
      const entries: RunEntry[] = [];
      for (const id of await newestFirst(root)) {
        if (entries.length >= most) break;
        const { entry, events } = await read(id);
        const fits = (pipeline === undefined || entry.pipeline === pipeline) && (status === undefined || entry.status === status);
        if (window !== undefined && !windowsOf(events).some(({ start, end }) => Date.parse(start) <= window && window < Date.parse(end)))
          continue;
        const started = entry.started === null ? Number.NEGATIVE_INFINITY : Date.parse(entry.started);
        if (fits && started >= since) entries.push(entry);
      }
      return entries;
    },
    async show(run) {
      const id = await findRun(root, run);
      return details(join(root, id), await read(id));
    },
    async sample(run, step) {
      const id = await findRun(root, run);
      return readSample(join(root, id), id, step);
    },
    async *events(run, { follow, signal }) {
      const id = await findRun(root, run);
      yield* readEvents(
        join(root, id),
        follow ? async () => isAlive(await readRunFile(join(root, id)), processes) !== false : null,
        signal,
      );
    },
    async prune(before) {
      const removed: string[] = [];
      for (const id of await newestFirst(root)) {
        const folder = join(root, id);
        if ((await lastWritten(folder)) >= before || (await read(id)).entry.status === "running") continue;
        await rm(folder, { recursive: true, force: true });
        removed.push(id);
      }
      return removed;
    },
  };
}

/** Where the runs of a project leave their folders. */
export function runsFolder(project: string): string {
  return join(project, ".kpi", "runs");
}

/** The names of the runs' folders. */
export async function newestFirst(root: string): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  const runs = await Promise.all(names.map(async (id) => ({ id, at: await beganAt(join(root, id)) })));
  return runs.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
}

/** The one run that is meant by an id, the beginning of one, or `last`. */
async function findRun(root: string, name: string): Promise<string> {
  const ids = await newestFirst(root);
  const exact = name === "last" ? ids[0] : ids.find((id) => id === name);
  if (exact !== undefined) return exact;
  const meant = ids.filter((id) => name !== "" && id.startsWith(name));
  const [only, ...others] = meant;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined)
    throw new KpiError("USAGE", `Cannot tell which run "${name}" is: ${meant.length} begin like that`, {
      hint: `Among them: ${meant.slice(0, 3).join(", ")}`,
    });
  const near = nearest(name, ids);
  throw new KpiError("USAGE", `Cannot find the run "${name}": ${ids.length === 0 ? "no run is kept" : "none of that id is kept"}`, {
    hint: near === undefined ? "`kpi runs` lists them" : `Did you mean ${near}?`,
  });
}

async function details(folder: string, { entry, events, report }: RecordedRun): Promise<RunDetails> {
  const samples = await readdir(join(folder, "samples")).catch(() => []);
  const workspace = join(folder, "workspace.duckdb");
  return {
    ...entry,
    steps: report?.steps ?? addUpSteps(events),
    failed: windowsOf(events).filter(({ error }) => error !== null),
    warnings: events.flatMap((event) => (event.type === "warning" ? [event.data] : [])),
    folder,
    samples: samples.sort().map((name) => ({ step: name.replace(/\.ndjson$/, ""), path: join(folder, "samples", name) })),
    workspace: await stat(workspace).then(
      () => workspace,
      () => null,
    ),
  };
}

/** What a run that was broken off has told of its steps. */
function addUpSteps(events: readonly RunEvent[]): StepReport[] {
  const steps = new Map<string, StepReport>();
  for (const event of events) {
    if (event.type !== "step:end" || event.step === undefined) continue;
    const before = steps.get(event.step) ?? { rows: 0, ms: 0, status: "skipped" };
    const status = before.status === "failed" || event.data.status === "skipped" ? before.status : event.data.status;
    steps.set(event.step, { id: event.step, status, rows: before.rows + event.data.rows, ms: before.ms + event.data.ms });
  }
  return [...steps.values()];
}

async function readSample(folder: string, id: string, step: string): Promise<SqlRow[]> {
  const kept = (await readdir(join(folder, "samples")).catch(() => [])).map((name) => name.replace(/\.ndjson$/, ""));
  if (!kept.includes(step)) {
    throw new KpiError("USAGE", `Cannot show the step "${step}" of the run "${id}": it has left no sample`, {
      hint: kept.length === 0 ? "The run has left none at all" : `There are samples of: ${kept.sort().join(", ")}`,
    });
  }
  const text = await readFile(join(folder, "samples", `${step}.ndjson`), "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as SqlRow]));
}

async function* readEvents(folder: string, isRunning: (() => Promise<boolean>) | null, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const reader = new EventReader(folder);
  for (;;) {
    // in this order: what a run writes before it dies is still read
    const goesOn = isRunning !== null && (await isRunning());
    const events = await reader.next();
    yield* events;
    if (!goesOn || events.some(({ type }) => type === "run:end")) return;
    await sleep(PAUSE, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function lastWritten(folder: string): Promise<number> {
  const found = await stat(join(folder, EVENTS_FILE)).catch(() => stat(folder).catch(() => null));
  return found?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
