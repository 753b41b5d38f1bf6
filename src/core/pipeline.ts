import type { Check } from "./check.js";
import type { Proxies } from "./connection.js";
import type { Place } from "./errors.js";
import type { Extractor, Loader, Transformer } from "./node.js";
import type { FillSettings, PrefectSettings, SecretReference } from "./secret-source.js";
import type { Instant } from "./time.js";

/** A relation that a step reads, by the name its SQL gives it. */
export interface StepInput {
  readonly alias: string;
  readonly step: string;
  /** Null where the step read from has one output. */
  readonly port: string | null;
}

/** The longest pause between two tries of a step, in ms. */
export const LONGEST_BACKOFF = 5 * 60_000;

/** How a step is tried. */
export interface Patience {
  /** How often it is tried again after what may pass. */
  readonly retries: number;
  /** The pause before the second try, in ms; each further one is twice as long, up to `LONGEST_BACKOFF`. */
  readonly backoff: number;
  /** How long one try may take, in ms; null: as long as it does. */
  readonly timeout: number | null;
}

interface StepFacts {
  readonly id: string;
  /** Parsed by the node's own schema, with defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The same without secrets: what a definition may hold. */
  readonly publicSettings: Readonly<Record<string, unknown>>;
  readonly from: readonly StepInput[];
  readonly connection: string | null;
  /** What its relations (a loader: its input) must be like. No part of the definition: checks change no rows. Absent: none. */
  readonly checks?: readonly Check[];
  /** No part of the definition either. Absent: one try, as long as it takes. */
  readonly patience?: Patience | undefined;
  readonly place: Place;
}

/** A step as configured: an id, a node, its settings, what it reads. */
export type Step = StepFacts &
  (
    | { readonly role: "extract"; readonly node: Extractor }
    | { readonly role: "transform"; readonly node: Transformer }
    | { readonly role: "load"; readonly node: Loader }
  );

/** Where a pipeline without history starts: at the last settled window, so long ago, or at a moment. */
export type Begin =
  | { readonly kind: "previous" }
  | { readonly kind: "ago"; readonly ms: number }
  | { readonly kind: "at"; readonly instant: Instant };

/** How far back changed counts of the source open windows again. */
export interface Late {
  /** In ms, back from the last settled window. */
  readonly window: number;
  /** `sum`: sums of values are compared beside their counts. */
  readonly by: "count" | "sum";
}

/** What is called after a run that it wants to know of. */
export interface Hook {
  readonly on: readonly ("failure" | "recovery" | "late")[];
  /** Also when nothing has come from the source for so long, in ms; null: never. */
  readonly silence: number | null;
  /** In ms. */
  readonly timeout: number;
  /** A program with its arguments, or the address of a webhook. */
  readonly call: readonly string[] | string;
}

interface PipelineFacts {
  readonly name: string;
  /** In an order in which each step comes after those it reads from. */
  readonly steps: readonly Step[];
  /** The steps in a line, as after `# FLOW:`. */
  readonly flow: string;
  /** The key under which the state store keeps it. */
  readonly stateName: string;
  readonly maxParallel: number;
  /** In ms; null = none. */
  readonly maxDuration: number | null;
  /** Absent: none. */
  readonly notify?: readonly Hook[] | undefined;
  readonly place: Place;
}

/** A pipeline that computes window after window. */
export interface WindowedPipeline extends PipelineFacts {
  readonly kind: "windowed";
  readonly every: string;
  readonly timezone: string;
  readonly begin: Begin;
  /** A window is due when it has been over for this long, in ms. */
  readonly settle: number;
  /** How many windows a span may have. */
  readonly batch: number;
  /** What a backfill's spans may grow to where they hold few points; absent where they may not. */
  readonly longBatch?: number;
  readonly maxAttempts: number;
  /** How long a run waits for its turn while a backfill of the pipeline publishes, in ms. */
  readonly lockWait: number;
  /** Whether a window's rows may be replaced by none. */
  readonly allowEmpty: boolean;
  /** Absent: late points stay out. */
  readonly late?: Late | undefined;
  /** So much before the first window that is due is done again with it, in ms; absent: nothing. */
  readonly lookback?: number | undefined;
}

/** A pipeline without `every`: it runs once when asked, on whatever its inputs hold. */
export interface Workflow extends PipelineFacts {
  readonly kind: "workflow";
}

export type Pipeline = WindowedPipeline | Workflow;

/** A named outside system, its settings parsed and its references resolved. */
export interface ConnectionSettings {
  readonly name: string;
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** There where secrets are to be looked up first: it gives the settings, and `settings` does not count. */
  readonly fill?: FillSettings | undefined;
}

/** A place where states may be kept, its settings parsed. */
export interface StoreSettings {
  /** Its type. */
  readonly store: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly fill?: FillSettings | undefined;
  /** The key of a pipeline there, `{pipeline}` for its name; null: as `state` says it. */
  readonly name: string | null;
}

/** Everything that the configuration says, checked. */
export interface Project {
  /** Absolute: where relative paths, `.env` and `.kpi` are. */
  readonly root: string;
  /** `lockTtl` in ms: how long a lock outlives a holder that renews it no more. */
  readonly state: {
    readonly store: string;
    readonly settings: Readonly<Record<string, unknown>>;
    readonly lockTtl: number;
    /** The key of a pipeline that has none of its own, `{pipeline}` for its name: as it counts, and as it is written (null: not). Absent: the default. */
    readonly names?: { readonly inForce: string; readonly written: string | null } | undefined;
    readonly fill?: FillSettings | undefined;
  };
  /** Further stores by name. Absent: none. */
  readonly stores?: ReadonlyMap<string, StoreSettings> | undefined;
  /** `path` absolute; `wait` in ms: how long another process's hold is waited for. */
  readonly warehouse: { readonly path: string; readonly wait: number };
  readonly connections: ReadonlyMap<string, ConnectionSettings>;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
  /** Absent: none. */
  readonly proxies?: Proxies | undefined;
  /** The references to secrets, in the order in which they were met. Absent: none. */
  readonly references?: readonly SecretReference[] | undefined;
  /** Absent: nothing says where it is. */
  readonly prefect?: PrefectSettings | undefined;
}
