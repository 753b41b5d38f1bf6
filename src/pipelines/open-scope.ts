import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { KpiError } from "../core/errors.js";
import type { Pipeline } from "../core/pipeline.js";
import type { Grid, Window } from "../core/window.js";
import { keepWorkspace } from "./keep-workspace.js";
import type { RunLog } from "./run-log.js";
import type { RunScope } from "./run-scope.js";
import type { EngineParts, Session } from "./session.js";
import { StepTally } from "./step-tally.js";
import type { SourceTallies } from "./with-tally.js";

export interface ScopeOptions {
  readonly id: string;
  /** `.kpi/runs/<id>`; null: nothing is kept. */
  readonly folder: string | null;
  readonly grid: Grid | null;
  readonly planned?: Window | null;
  readonly keep: boolean;
  /** How many spans may be extracted side by side; each may have a step running, whatever `max_parallel` says. */
  readonly spans?: number | undefined;
  readonly tallies?: SourceTallies | undefined;
  readonly log: Pick<RunLog, "emit">;
  readonly signal: AbortSignal;
}

/** Gathers what a run's parts share, with the connections its steps name; these are closed with it. */
export async function openScope(
  parts: EngineParts,
  session: Session,
  pipeline: Pipeline,
  options: ScopeOptions,
): Promise<RunScope & AsyncDisposable> {
  const { emit } = options.log;
  if (options.folder !== null) await makeFolder(join(options.folder, "samples"));
  const connections = new Map<string, AsyncDisposable>();
  for (const { connection } of pipeline.steps) {
    if (connection !== null && !connections.has(connection)) connections.set(connection, await parts.openConnection(connection));
  }
  return {
    id: options.id,
    pipeline: pipeline.name,
    steps: pipeline.steps,
    grid: options.grid,
    planned: options.planned ?? null,
    workspace: session.workspace,
    warehouse: session.warehouse,
    clock: parts.clock,
    signal: options.signal,
    emit,
    scrub: parts.scrub,
    tally: new StepTally(emit),
    limit: pLimit(Math.max(pipeline.maxParallel, options.spans ?? 1)),
    copying: pLimit(1),
    tallies: options.tallies,
    keep: keepWorkspace(session.workspace, options.folder, options.keep, emit),
    connection: (name) => (name === null ? undefined : connections.get(name)),
    folders: { project: parts.project.root, run: options.folder, scratch: session.scratch },
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections.values()) await connection[Symbol.asyncDispose]();
    },
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw new KpiError("CANNOT_WRITE", `Cannot make the folder "${folder}": ${(thrown as Error).message}`, { cause: thrown });
  }
}
