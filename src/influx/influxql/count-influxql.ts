import type { Instant } from "../../core/time.js";
import type { Span } from "../../core/window.js";
import { ALWAYS, PointCounts } from "../count/point-counts.js";
import { offsetOf, startOf, windowRuns } from "../count/window-runs.js";
import type { PointQuery } from "../point-query.js";
import { shardPieces } from "../server/shard-pieces.js";
import { compileColumn, conditions, quoteName } from "./compile-influxql.js";
import type { JsonSeries } from "./query-json.js";

/** What to count, and in which shards. */
export interface CountAsk {
  readonly query: PointQuery;
  readonly fields: readonly string[];
  /** What a field is asked for as where it has had several types. */
  readonly casts: ReadonlyMap<string, string>;
  readonly shard: number | null;
}

/** Runs one statement: the series of its reply. */
export type Execute = (statement: string) => Promise<readonly JsonSeries[]>;

/** Counts values by window with queries that stay each within a shard. */
export async function countInfluxql(ask: CountAsk, span: Span | null, execute: Execute): Promise<PointCounts> {
  const { query, fields, casts, shard } = ask;
  const counts = new PointCounts();
  if (fields.length === 0) return counts;
  const select = `SELECT ${fields.map((field) => `count(${compileColumn(field, casts)})`).join(", ")} FROM ${quoteName(query.measurement)}`;
  if (span === null) add(counts, fields, await execute(select + conditions(query, null)), () => ALWAYS);
  for (const run of span === null ? [] : windowRuns(span)) {
    for (const piece of shardPieces(run, shard)) {
      const group = ` GROUP BY time(${run.every}ms, ${offsetOf(run)}ms) fill(none)`;
      add(counts, fields, await execute(select + conditions(query, piece) + group), (time) => startOf(run, Math.round(time / 1e6)));
    }
  }
  return counts;
}

function add(counts: PointCounts, fields: readonly string[], series: readonly JsonSeries[], startAt: (time: number) => Instant): void {
  for (const [time, ...values] of series.flatMap(({ values: rows = [] }) => rows)) {
    for (const [index, field] of fields.entries()) counts.add(startAt(Number(time)), field, Number(values[index] ?? 0));
  }
}
