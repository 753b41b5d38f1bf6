import { timestampLiteral } from "../core/sql.js";
import type { Instant } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import type { Window } from "../core/window.js";
import { ledgerSchema } from "./ledger-schema.js";

/** A window that a person settles, and the newest attempt at it (0 = none). */
export interface MarkedWindow extends Window {
  readonly seen: number;
}

export interface Marks {
  readonly pipeline: string;
  readonly status: "skipped" | "adopted";
  /** A person's reason; it stands where an error would. */
  readonly reason: string | null;
  /** The id of the change that marks them. */
  readonly change: string;
  readonly at: Instant;
}

/** A statement for so many windows: years of hours are a few of them. */
const WINDOWS_AT_ONCE = 10_000;

/** Appends an attempt of one kind to many windows. */
export async function markWindows(
  warehouse: OpenWarehouse,
  windows: readonly MarkedWindow[],
  { pipeline, status, reason, change, at }: Marks,
): Promise<void> {
  for (let from = 0; from < windows.length; from += WINDOWS_AT_ONCE) {
    const some = windows.slice(from, from + WINDOWS_AT_ONCE);
    const column = (value: (window: MarkedWindow) => number) => `unnest([${some.map(value).join(", ")}]::BIGINT[])`;
    const note = reason === null ? "NULL, NULL" : "'REASON', $4";
    await warehouse.db.run(
      `INSERT INTO ${ledgerSchema(warehouse)}.attempts
       SELECT $1, make_timestamptz(start * 1000), make_timestamptz("end" * 1000), attempt, $2, 'asked', NULL, NULL, NULL, NULL, NULL, ${note}, $3, ${timestampLiteral(at)}
       FROM (SELECT ${column(({ start }) => start)} AS start, ${column(({ end }) => end)} AS "end", ${column(({ seen }) => seen + 1)} AS attempt)`,
      reason === null ? [pipeline, status, change] : [pipeline, status, change, reason],
    );
  }
}
