import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Emit } from "../core/events.js";
import type { Hook, Pipeline } from "../core/pipeline.js";
import type { Notice, RunReport } from "../core/reports.js";
import { type Instant, toIso } from "../core/time.js";
import type { EngineParts } from "./session.js";

/** Ends of runs that are nobody's failure: another runner works, or somebody stopped it. */
const NO_FAILURE: readonly string[] = ["LOCKED", "INTERRUPTED", "TERMINATED"];

/** What hooks are told once and not after every run: it is kept in `.kpi/notify`. */
interface Told {
  readonly failingSince: string | null;
  /** For the silences of so many ms that hooks were told of. */
  readonly silences: readonly number[];
}

interface EndedRun {
  readonly pipeline: Pipeline;
  readonly report: RunReport;
  /** The end of the newest window that held points; null where that is not known. */
  readonly lastPoints: Instant | null;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/** Calls the hooks that want to know of a run that has ended. What becomes of them is no matter of the run's: it is warned of. */
export async function notify(parts: EngineParts, run: EndedRun): Promise<void> {
  const hooks = run.pipeline.notify ?? [];
  if (hooks.length === 0) return;
  const path = join(parts.project.root, ".kpi", "notify", `${encodeURIComponent(run.pipeline.name)}.json`);
  const warn = (thrown: unknown) =>
    run.emit("warning", { code: "HOOK_FAILED", message: `A hook of notify failed: ${(thrown as Error).message}` });
  try {
    const before = await readTold(path);
    const told = await tell(parts, run, hooks, before, warn);
    if (JSON.stringify(told) === JSON.stringify(before)) return;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(told));
  } catch (thrown) {
    warn(thrown);
  }
}

async function tell(
  parts: EngineParts,
  { report, lastPoints, signal }: EndedRun,
  hooks: readonly Hook[],
  before: Told,
  warn: (thrown: unknown) => void,
): Promise<Told> {
  const at = parts.clock.now();
  const call = async (hook: Hook, event: Notice["event"], since: string | null) => {
    const notice = toNotice(event, report, toIso(at), since);
    await parts
      .callHook(hook, parts.scrub(JSON.stringify(notice)), AbortSignal.any([signal, AbortSignal.timeout(hook.timeout)]))
      .catch(warn);
  };
  const callAll = (event: Exclude<Notice["event"], "silence">, since: string | null) =>
    Promise.all(hooks.filter(({ on }) => on.includes(event)).map((hook) => call(hook, event, since)));

  const failed = !report.ok && !NO_FAILURE.includes(report.error?.code ?? "");
  const failingSince = failed ? (before.failingSince ?? toIso(at)) : report.ok ? null : before.failingSince;
  if (failed) await callAll("failure", failingSince);
  if (report.ok && before.failingSince !== null) await callAll("recovery", before.failingSince);
  if (lateWindows(report).length > 0) await callAll("late", null);
  if (lastPoints === null) return { failingSince, silences: before.silences };
  const silent = hooks.filter(({ silence }) => silence !== null && at - lastPoints >= silence);
  await Promise.all(
    silent.filter(({ silence }) => !before.silences.includes(silence ?? 0)).map((hook) => call(hook, "silence", toIso(lastPoints))),
  );
  return { failingSince, silences: [...new Set(silent.map(({ silence }) => silence ?? 0))] };
}

async function readTold(path: string): Promise<Told> {
  const nothing: Told = { failingSince: null, silences: [] };
  const text = await readFile(path, "utf8").catch(() => null);
  try {
    return text === null ? nothing : { ...nothing, ...(JSON.parse(text) as Partial<Told>) };
  } catch {
    return nothing;
  }
}

function lateWindows({ windows }: RunReport): RunReport["windows"] {
  return windows.filter(({ reason, status }) => reason === "late" && (status === "loaded" || status === "empty"));
}

function toNotice(event: Notice["event"], report: RunReport, at: string, since: string | null): Notice {
  const { pipeline, run, cursor, error = null } = report;
  const windows = event === "late" ? lateWindows(report) : report.windows.filter((window) => window.error !== null);
  const text = {
    failure: `${pipeline} failed: ${error?.message} (${error?.code})`,
    recovery: `${pipeline} is well again; it had failed since ${since}`,
    late: `${pipeline}: late data changed ${windows.length === 1 ? "an hour" : `${windows.length} hours`}, from ${windows[0]?.start} on`,
    silence: `${pipeline}: nothing has come from the source since ${since}`,
  }[event];
  return { schema_version: 1, event, text, pipeline, run, at, since, cursor, error, windows };
}
