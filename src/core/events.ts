import type { BackfillOutline, ErrorReport, RunReport, WindowReport } from "./reports.js";

/** A window as text: RFC 3339 in UTC. */
export interface WindowName {
  readonly start: string;
  readonly end: string;
}

/** What can happen in a run, and what each event carries. Every face (terminal, JSON lines, console, Prefect) renders these and nothing else. */
export interface EventData {
  /** The run knows what it will do. */
  "run:start": {
    readonly every: string | null;
    readonly flow: string;
    readonly windows: number;
    readonly from: string | null;
    readonly to: string | null;
  };
  /** What a backfill finds and is about to do; after `run:start`. */
  "backfill:start": BackfillOutline;
  /** A span is about to be handled. */
  "span:start": { readonly start: string; readonly end: string; readonly windows: number };
  "step:start": { readonly type: string };
  /** At most five a second. Rows and bytes are totals of the step so far. */
  "step:progress": { readonly rows?: number; readonly bytes?: number; readonly note?: string };
  /** What failed may pass: the step is tried again after `wait` ms. `retry` counts from 1, up to `of`. */
  "step:retry": { readonly retry: number; readonly of: number; readonly wait: number; readonly code: string; readonly message: string };
  "step:end": { readonly status: "done" | "failed" | "skipped"; readonly rows: number; readonly ms: number };
  /** A window has its outcome, committed. */
  "window:end": WindowReport;
  /** Something that needs no action. */
  log: { readonly message: string };
  /** Something that may need action. */
  warning: { readonly code: string; readonly message: string };
  /** The one terminal event, always the last. */
  "run:end": { readonly report: RunReport; readonly error: ErrorReport | null };
}

export type EventType = keyof EventData;

/** One event, as it stands in `.kpi/runs/<id>/events.ndjson` and in `--events`. */
export type RunEvent = {
  [Type in EventType]: {
    readonly v: 1;
    /** Counts from 1 without gaps within a run. */
    readonly seq: number;
    readonly ts: string;
    readonly run: string;
    readonly pipeline: string;
    readonly window?: WindowName;
    readonly step?: string;
    readonly type: Type;
    readonly data: EventData[Type];
  };
}[EventType];

/** Listens to a run. It must not throw: what it cannot render it drops. */
export type EventListener = (event: RunEvent) => void;

/** Says something about a run, a step or a window. */
export type Emit = <Type extends EventType>(
  type: Type,
  data: EventData[Type],
  of?: { readonly step?: string; readonly window?: WindowName },
) => void;
