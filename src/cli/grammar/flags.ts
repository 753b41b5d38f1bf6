import type { Rerun, RunStatus } from "../../core/reports.js";

/** Everything that can be set on a command line, parsed. */
export interface Flags {
  readonly config?: string;
  readonly now?: string;
  readonly json?: boolean;
  readonly events?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;

  readonly all?: boolean;
  readonly until?: string;
  readonly maxWindows?: number;
  readonly dryRun?: boolean;
  /** In ms. */
  readonly wait?: number;
  readonly allowEmpty?: boolean;
  readonly runId?: string;
  readonly keep?: boolean;
  readonly explain?: boolean;
  readonly diff?: boolean;
  readonly detailedExitcode?: boolean;

  readonly adopt?: boolean;
  readonly reason?: string;
  readonly from?: string;
  readonly to?: string;
  readonly rerun?: Rerun;
  readonly yes?: boolean;

  readonly concurrency?: number;
  readonly newestFirst?: boolean;
  readonly onFailure?: "stop" | "continue";
  readonly resume?: string;
  readonly anew?: boolean;

  readonly fix?: boolean;
  readonly against?: string;
  readonly key?: readonly string[];
  readonly tolerance?: number;

  readonly bucket?: string;
  readonly measurement?: string;

  readonly last?: Last;
  readonly status?: RunStatus;
  readonly window?: string;
  readonly step?: string;
  readonly follow?: boolean;
  /** In ms. */
  readonly olderThan?: number;
  readonly offline?: boolean;
  readonly folder?: string;
  readonly hours?: number;
}

/** So many windows (or runs), or those of so many milliseconds. */
export type Last = { readonly windows: number } | { readonly ms: number };
