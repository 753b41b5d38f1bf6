/**
 * Every way in which `kpi` can fail, in one table: it makes the exit statuses, `docs/errors.md` and the JSON codes.
 *
 * `scope` says what a failure spoils: a `window` is marked failed and the run goes on; a failure of the `world` stops the run and marks nothing.
 */
export const ERRORS = {
  USAGE: { exit: 2, scope: "world", retryable: false, meaning: "The command line is not one that kpi knows" },
  UNKNOWN_PIPELINE: { exit: 2, scope: "world", retryable: false, meaning: "No pipeline of that name is configured" },
  CONFIG_NOT_FOUND: { exit: 78, scope: "world", retryable: false, meaning: "There is no configuration file where kpi looked" },
  CONFIG_INVALID: {
    exit: 78,
    scope: "world",
    retryable: false,
    meaning: "The configuration has errors; each is listed with file, line and column",
  },
  GRID_CHANGED: {
    exit: 78,
    scope: "world",
    retryable: false,
    meaning: "`every` or `timezone` was changed under windows that are already loaded",
  },
  TABLE_OWNED: { exit: 78, scope: "world", retryable: false, meaning: "Another pipeline or step already publishes to that table" },
  STATE_AHEAD: { exit: 78, scope: "world", retryable: false, meaning: "The state store knows of windows that the warehouse does not hold" },
  LEDGER_TOO_NEW: { exit: 78, scope: "world", retryable: false, meaning: "The warehouse was written by a newer kpi" },
  STATE_TOO_NEW: { exit: 78, scope: "world", retryable: false, meaning: "The pipeline's state was written by a newer kpi" },
  WAREHOUSE_INVALID: {
    exit: 78,
    scope: "world",
    retryable: false,
    meaning: "The warehouse's path holds something that is not a DuckDB database, or one that is damaged",
  },
  DEPENDENCY_MISSING: {
    exit: 78,
    scope: "world",
    retryable: false,
    meaning: "Something that is asked for needs a package that does not come with kpi",
  },
  CREDENTIALS_REFUSED: { exit: 77, scope: "world", retryable: false, meaning: "A system refused the credentials" },
  SOURCE_UNREACHABLE: {
    exit: 69,
    scope: "world",
    retryable: true,
    meaning: "The source does not answer, or broke off in the middle of a reply",
  },
  SOURCE_BUSY: { exit: 69, scope: "world", retryable: true, meaning: "The source asks to be left alone for now (429, 502, 503, 504)" },
  SOURCE_TIMEOUT: { exit: 69, scope: "world", retryable: true, meaning: "The source stopped sending, or took longer than it may" },
  SOURCE_UNEXPECTED: {
    exit: 69,
    scope: "world",
    retryable: false,
    meaning: "What answers at the source's address is not that source (a login page, a redirect)",
  },
  SOURCE_NOT_FOUND: {
    exit: 78,
    scope: "world",
    retryable: false,
    meaning: "The bucket, database, measurement or file does not exist, or may not be seen",
  },
  SOURCE_REFUSED: { exit: 65, scope: "window", retryable: false, meaning: "The source could not carry out the query" },
  SOURCE_TRUNCATED: {
    exit: 65,
    scope: "window",
    retryable: true,
    meaning: "A reply of the source ended without the mark that proves it complete",
  },
  SOURCE_MALFORMED: { exit: 65, scope: "window", retryable: false, meaning: "Data of the source does not follow its own format" },
  SOURCE_TYPE_CONFLICT: {
    exit: 65,
    scope: "window",
    retryable: false,
    meaning: "A field holds values of types that cannot share a column",
  },
  STEP_FAILED: { exit: 65, scope: "window", retryable: false, meaning: "A step could not compute its relation from the data it was given" },
  STEP_TIMEOUT: { exit: 65, scope: "window", retryable: true, meaning: "A step that reads no source took longer than its `timeout`" },
  CHECK_FAILED: { exit: 65, scope: "window", retryable: false, meaning: "Rows are not what a check of their step asks for" },
  SCHEMA_DRIFT: {
    exit: 65,
    scope: "window",
    retryable: false,
    meaning: "A step's columns no longer fit the published table, which is frozen or cannot evolve",
  },
  DUPLICATE_KEY: { exit: 65, scope: "window", retryable: false, meaning: "Rows to be merged hold the same key twice" },
  ROWS_REFUSED: { exit: 65, scope: "window", retryable: false, meaning: "Publishing would have turned a window's rows into none" },
  CANNOT_WRITE: {
    exit: 74,
    scope: "world",
    retryable: false,
    meaning: "A file or database cannot be written: disk full, read-only, no right",
  },
  LOCKED: { exit: 75, scope: "world", retryable: true, meaning: "Another runner is working on the pipeline" },
  WAREHOUSE_HELD: { exit: 75, scope: "world", retryable: true, meaning: "Another process holds the warehouse" },
  STATE_CONFLICT: { exit: 75, scope: "world", retryable: true, meaning: "The state was changed by somebody else in the meantime" },
  PUBLISH_CONFLICT: { exit: 75, scope: "world", retryable: true, meaning: "Others kept publishing the same windows in the meantime" },
  BACKFILL_UNFINISHED: {
    exit: 78,
    scope: "world",
    retryable: false,
    meaning: "A backfill that does the same windows again has not ended",
  },
  CLOCK_BEHIND: { exit: 75, scope: "world", retryable: true, meaning: "The clock shows a time before the window that was processed last" },
  RUN_TOO_LONG: {
    exit: 75,
    scope: "world",
    retryable: true,
    meaning: "The run reached `max_duration` and stopped after what it had committed",
  },
  INTERRUPTED: { exit: 130, scope: "world", retryable: true, meaning: "Stopped by SIGINT; what was not committed was rolled back" },
  TERMINATED: { exit: 143, scope: "world", retryable: true, meaning: "Stopped by SIGTERM; what was not committed was rolled back" },
  INTERNAL: { exit: 70, scope: "world", retryable: false, meaning: "A bug in kpi" },
} as const satisfies Record<string, ErrorFacts>;

interface ErrorFacts {
  readonly exit: number;
  readonly scope: "window" | "world";
  readonly retryable: boolean;
  readonly meaning: string;
}

export type ErrorCode = keyof typeof ERRORS;

/** Where in a file something stands; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** What an error can say beside its code and message. */
export interface KpiErrorDetails {
  /** What the reader can do about it, as a sentence or a command. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Overrides the code's own answer to whether trying again may help. */
  readonly retryable?: boolean | undefined;
  readonly place?: Place | undefined;
  readonly step?: string | undefined;
}

/** The one error class. Callers branch on `code`, never on text. Messages: what could not be done, the value in quotes, colon, the state found. */
export class KpiError extends Error {
  override readonly name = "KpiError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly place: Place | undefined;
  readonly step: string | undefined;

  constructor(code: ErrorCode, message: string, details: KpiErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.retryable = details.retryable ?? ERRORS[code].retryable;
    this.place = details.place;
    this.step = details.step;
  }

  get exit(): number {
    return ERRORS[this.code].exit;
  }

  get scope(): "window" | "world" {
    return ERRORS[this.code].scope;
  }

  /** The same error, known to have happened in a step. */
  inStep(step: string): KpiError {
    return new KpiError(this.code, this.message, {
      hint: this.hint,
      cause: this.cause,
      retryable: this.retryable,
      place: this.place,
      step,
    });
  }
}

/** Turns whatever was thrown into a `KpiError`; what is not one already is a bug of ours. */
export function toKpiError(thrown: unknown): KpiError {
  if (thrown instanceof KpiError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new KpiError("INTERNAL", message, {
    cause: thrown,
    hint: "This is a bug: please report it with the output of the same command and KPI_DEBUG=1",
  });
}
