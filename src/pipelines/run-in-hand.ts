import type { RunOptions } from "../core/engine.js";
import type { ErrorReport, RunReport, StepReport, WindowReport } from "../core/reports.js";
import type { Instant } from "../core/time.js";
import type { RunLog } from "./run-log.js";
import type { EngineParts } from "./session.js";

/** What one kind of run found out; it is complete also where the run was stopped. */
export interface RunResult {
  cursor: string | null;
  windows: readonly WindowReport[];
  steps: readonly StepReport[];
  /** Something that no attempt of this run settled. */
  unsettled: ErrorReport | null;
  /** The end of the newest window that held points, where somebody wants to know. */
  lastPoints?: Instant | null;
  backfill?: RunReport["backfill"];
  outputs?: Readonly<Record<string, unknown>>;
}

/** What a kind of run works with. It fills `result` as it goes. */
export interface RunInHand {
  readonly parts: EngineParts;
  readonly id: string;
  readonly folder: string;
  readonly log: RunLog;
  readonly signal: AbortSignal;
  readonly options: RunOptions;
  readonly result: RunResult;
}
