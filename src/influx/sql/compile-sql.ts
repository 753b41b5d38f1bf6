import { quoteIdentifier, quoteLiteral } from "../../core/sql.js";
import { type Instant, toIso } from "../../core/time.js";
import type { Window } from "../../core/window.js";
import type { AggregateQuery, Part } from "../aggregate/parts.js";
import type { WindowRun } from "../count/window-runs.js";
import type { PointQuery } from "../point-query.js";

function timestamp(instant: Instant): string {
  return `TIMESTAMP '${toIso(instant)}'`;
}

/** Names and texts quoted as SQL has it: nothing in them is read as code. A condition on a tag that the table does not have holds for no row. */
function conditions({ where }: PointQuery, known: ReadonlySet<string>, window: Window | null): string[] {
  const times = window === null ? [] : [`time >= ${timestamp(window.start)}`, `time < ${timestamp(window.end)}`];
  const tags = [...where].map(([tag, values]) =>
    known.has(tag) ? `${quoteIdentifier(tag)} IN (${values.map(quoteLiteral).join(", ")})` : "false",
  );
  return [...times, ...tags];
}

function anyOf(fields: readonly string[]): string {
  return `(${fields.map((field) => `${quoteIdentifier(field)} IS NOT NULL`).join(" OR ")})`;
}

/** Columns are called `t`, `f0`, …, `g0`, …, so that no name of the table can clash; times come as nanoseconds, for text would depend on the server. */
export interface SqlAsk {
  readonly fields: readonly string[];
  readonly tags: readonly string[];
  /** The tags of the table. */
  readonly known: ReadonlySet<string>;
  /** Fields whose values are added up beside their count. */
  readonly summed?: readonly string[];
}

function from({ measurement }: PointQuery, all: readonly string[]): string {
  return `FROM ${quoteIdentifier(measurement)} WHERE ${all.join(" AND ")}`;
}

/** The query for points. */
export function compileSql(query: PointQuery, { fields, tags, known }: SqlAsk, window: Window | null): string {
  const columns = [
    "CAST(time AS BIGINT) AS t",
    ...fields.map((field, index) => `${quoteIdentifier(field)} AS f${index}`),
    ...tags.map((tag, index) => `${quoteIdentifier(tag)} AS g${index}`),
  ];
  return `SELECT ${columns.join(", ")} ${from(query, [...conditions(query, known, window), anyOf(fields)])}`;
}

/** The start of a bucket or window in nanoseconds. */
function bucket(every: number, origin: Instant): string {
  return `CAST(date_bin(INTERVAL '${every} milliseconds', time, ${timestamp(origin)}) AS BIGINT) AS t`;
}

function aggregate({ fn, field }: Part): string {
  const value = quoteIdentifier(field);
  if (fn === "first") return `first_value(${value} ORDER BY time, ${value} DESC) FILTER (WHERE ${value} IS NOT NULL)`;
  if (fn === "last") return `last_value(${value} ORDER BY time, ${value}) FILTER (WHERE ${value} IS NOT NULL)`;
  return `${fn === "mean" ? "avg" : fn}(${value})`;
}

/** The query for the parts of aggregates. */
export function compileSqlParts(query: AggregateQuery, parts: readonly Part[], ask: SqlAsk, window: Window | null): string {
  const tags = ask.tags.map((tag, index) => `${quoteIdentifier(tag)} AS g${index}`);
  const columns = [bucket(query.aggregate.every, 0), ...parts.map((part, index) => `${aggregate(part)} AS f${index}`), ...tags];
  const source = from(query, [...conditions(query, ask.known, window), anyOf(ask.fields)]);
  return `SELECT ${columns.join(", ")} ${source} GROUP BY ${["t", ...ask.tags.map(quoteIdentifier)].join(", ")}`;
}

/** The query for the number of values of each field in each window of a run, windows being counted from `origin`; without a run: of all time. */
export function compileSqlCount(query: PointQuery, { fields, known, summed = [] }: SqlAsk, run: WindowRun | null, origin: Instant): string {
  const counts = [
    ...fields.map((field, index) => `count(${quoteIdentifier(field)}) AS f${index}`),
    ...summed.map((field, index) => `sum(CAST(${quoteIdentifier(field)} AS DOUBLE)) AS s${index}`),
  ];
  const time = run === null ? "0 AS t" : bucket(run.every, origin);
  const source = from(query, [...conditions(query, known, run), anyOf(fields)]);
  return `SELECT ${[time, ...counts].join(", ")} ${source}${run === null ? "" : " GROUP BY t"}`;
}
