import { type ErrorCode, KpiError } from "../core/errors.js";

interface Rule {
  readonly matches: RegExp;
  readonly code: ErrorCode;
  readonly hint?: string;
}

/** DuckDB tells its errors apart by text alone. The texts are those of 1.5; the first that matches counts. */
const RULES: readonly Rule[] = [
  {
    matches: /Could not set lock on file|Conflicting lock is held/,
    code: "WAREHOUSE_HELD",
    hint: "Close the other program, or raise warehouse.wait",
  },
  {
    // a Parquet file that is corrupt is no warehouse
    matches: /not a valid DuckDB database file|file is not a database|^(?!.*Parquet file).*corrupt/is,
    code: "WAREHOUSE_INVALID",
    hint: "Point warehouse.path somewhere else, put a backup in its place, or move the file away",
  },
  {
    matches: /No space left|File too large|Disk quota|not enough space|max_temp_directory_size/i,
    code: "CANNOT_WRITE",
    hint: "Free some disk space; what was committed is safe",
  },
  {
    matches: /Permission denied|Read-only file system|read-only mode|Cannot open file.*for writing/i,
    code: "CANNOT_WRITE",
    hint: "Check who may write the file and its folder",
  },
  { matches: /Conflict on|write-write conflict|Transaction conflict/i, code: "PUBLISH_CONFLICT" },
];

/** Strips DuckDB's own prefixes and advice down to the one or two lines that say what happened. */
function firstLines(text: string): string {
  const [what = "", ...rest] = text.split("\n").filter((line) => line.trim() !== "");
  const candidates = rest.find((line) => /^(Did you mean|Candidate bindings|Candidate)/i.test(line.trim()));
  return (candidates === undefined ? what : `${what} (${candidates.trim()})`).replace(/ See also https?:\S+/, "").replace(/[.\s]+$/, "");
}

/** Whether more memory would have helped. */
export function isShortOfMemory(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith("Out of Memory Error") && !thrown.message.includes("max_temp_directory_size");
}

/** Turns what DuckDB threw into a `KpiError`. `signal` tells an interrupt of ours from a failure. */
export function toKpiError(thrown: unknown, signal?: AbortSignal): KpiError {
  if (thrown instanceof KpiError) return thrown;
  if (signal?.aborted === true)
    return signal.reason instanceof KpiError ? signal.reason : new KpiError("INTERRUPTED", "Cannot finish: the run was stopped");
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const rule = RULES.find(({ matches }) => matches.test(text));
  return new KpiError(rule?.code ?? "STEP_FAILED", firstLines(text), { cause: thrown, hint: rule?.hint });
}
