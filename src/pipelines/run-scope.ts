import type { LimitFunction } from "p-limit";
import type { Workspace } from "../core/database.js";
import type { Emit } from "../core/events.js";
import type { Step } from "../core/pipeline.js";
import type { Clock } from "../core/time.js";
import type { Warehouse } from "../core/warehouse.js";
import type { Grid, Window } from "../core/window.js";
import type { KeepWorkspace } from "./keep-workspace.js";
import type { StepTally } from "./step-tally.js";
import type { SourceTallies } from "./with-tally.js";

/** What everything that happens in one run shares. */
export interface RunScope {
  readonly id: string;
  readonly pipeline: string;
  readonly steps: readonly Step[];
  /** Null in a workflow. */
  readonly grid: Grid | null;
  /** The bounds of all windows that are to be done; null in a workflow, and where those are few of what lies between. */
  readonly planned: Window | null;
  readonly workspace: Workspace;
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Takes secrets out of a text that is kept. */
  scrub(text: string): string;
  readonly tally: StepTally;
  /** Lets as many steps run at once as `max_parallel` says. */
  readonly limit: LimitFunction;
  /** Lets one copy of rows at a time be written into the run's folder: DuckDB writes `tmp_NAME` first, and spans side by side have the same names. */
  readonly copying: LimitFunction;
  readonly keep: KeepWorkspace;
  /** What the sources counted before the run was planned; absent where they were not asked. */
  readonly tallies?: SourceTallies | undefined;
  /** Opens a connection on first use; undefined for a step without one. */
  connection(name: string | null): unknown;
  /** Absolute: the project, the run's folder (kept for a month; null where nothing of it is to stay), its scratch folder (removed with the run). */
  readonly folders: { readonly project: string; readonly run: string | null; readonly scratch: string };
}
