import { KpiError } from "../../core/errors.js";
import type { RelationColumn } from "../../core/relation.js";
import { quoteIdentifier } from "../../core/sql.js";
import { castText } from "./cast-text.js";
import { type EpochUnit, toTimestamp } from "./time-column.js";

/** How columns of files are wanted. */
export interface WantedColumns {
  readonly time?: string | undefined;
  readonly epoch?: EpochUnit | undefined;
  /** Types by name. */
  readonly columns: Readonly<Record<string, string>>;
}

const MOMENTS = new Set(["TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"]);

/** Throws SOURCE_MALFORMED for a column that the settings name and the files lack. */
export function requireColumns({ time, columns: types }: WantedColumns, found: readonly RelationColumn[]): void {
  const wanted = [...(time === undefined ? [] : [time]), ...Object.keys(types)];
  const missing = wanted.find((name) => !found.some((column) => column.name === name));
  if (missing === undefined) return;
  throw new KpiError("SOURCE_MALFORMED", `Cannot find the column "${missing}" in the files: they have no such column`, {
    hint: `The columns are ${found.map(({ name }) => name).join(", ")}`,
  });
}

/**
 * The types by which a CSV reader is to read. Moments are read as text and cast afterwards: the reader itself drops the offset of a TIMESTAMP,
 * and makes NULL of what is no TIMESTAMPTZ.
 */
export function csvTypes({ time, epoch, columns: types }: WantedColumns, found: readonly RelationColumn[]): Record<string, string> {
  const given = found.map(({ name, type }): [string, string | undefined] => {
    const moment = (name === time && epoch === undefined && !/INT|DOUBLE/.test(type)) || MOMENTS.has((types[name] ?? type).toUpperCase());
    return [name, moment ? "VARCHAR" : types[name]];
  });
  return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The select list that makes the wanted columns of those that a reader gives. `sniffed`: the types it would have chosen itself. */
export function selectColumns(
  { time, epoch, columns: types }: WantedColumns,
  read: readonly RelationColumn[],
  sniffed: readonly RelationColumn[],
): string {
  const list = read.map((column) => {
    const name = quoteIdentifier(column.name);
    if (column.name === time) return `${toTimestamp(column, epoch)} AS ${name}`;
    const want = types[column.name] ?? sniffed.find((other) => other.name === column.name)?.type ?? column.type;
    if (want === column.type) return name;
    return `${column.type === "VARCHAR" ? castText(name, want) : `CAST(${name} AS ${want})`} AS ${name}`;
  });
  return list.join(", ");
}
