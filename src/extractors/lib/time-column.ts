import { z } from "zod";
import { KpiError } from "../../core/errors.js";
import type { RelationColumn } from "../../core/relation.js";
import { quoteIdentifier } from "../../core/sql.js";

/** The unit of times that are counted since 1970. */
export const epochUnit = z.enum(["s", "ms", "us", "ns"]);
export type EpochUnit = z.output<typeof epochUnit>;

const NUMBERS = /^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL.*)$/;
const LOCAL = new Set(["TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE"]);

/**
 * SQL that makes a TIMESTAMPTZ of a column: times without a zone, and dates, are UTC; numbers count in `epoch`.
 * Throws CONFIG_INVALID for a column that is no time.
 */
export function toTimestamp({ name, type }: RelationColumn, epoch: EpochUnit | undefined): string {
  const column = quoteIdentifier(name);
  if (epoch !== undefined) return fromEpoch(type === "VARCHAR" ? `CAST(${column} AS DECIMAL(38, 9))` : column, epoch);
  if (type === "TIMESTAMP WITH TIME ZONE") return column;
  if (LOCAL.has(type)) return `CAST(${column} AS TIMESTAMP) AT TIME ZONE 'UTC'`;
  // the workspace's own zone is UTC
  if (type === "VARCHAR") return `CAST(${column} AS TIMESTAMPTZ)`;
  const hint = NUMBERS.test(type) ? "Say with `epoch` whether they are s, ms, us or ns since 1970" : "Name a column that holds times";
  throw new KpiError("CONFIG_INVALID", `Cannot read the column "${name}" as times: its type is ${type}`, { hint });
}

function fromEpoch(number: string, unit: EpochUnit): string {
  const micros = { s: `${number} * 1000000`, ms: `${number} * 1000`, us: number, ns: `${number} // 1000` }[unit];
  return `make_timestamp(CAST(${micros} AS BIGINT)) AT TIME ZONE 'UTC'`;
}
