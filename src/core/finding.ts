import type { ErrorCode } from "./errors.js";

/** What `kpi doctor` found out about one thing. */
export interface Finding {
  readonly about: "node" | "config" | "secret" | "connection" | "warehouse" | "state" | "prefect";
  /** Which one, where there may be several. */
  readonly name: string | null;
  readonly level: "ok" | "warning" | "error";
  /** There exactly in an error. */
  readonly code: ErrorCode | null;
  readonly message: string;
  /** What to do about it; null where there is nothing to do. */
  readonly hint: string | null;
}

/** `kpi doctor --json`. */
export interface DoctorReport {
  readonly schema_version: 1;
  /** Whether there is no error. */
  readonly ok: boolean;
  readonly offline: boolean;
  readonly findings: readonly Finding[];
}
