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
  /** The fields whose values are added up too. */
  readonly summed: readonly string[];
}

/** Runs one statement: the series of its reply. */
export type Execute = (statement: string) => Promise<readonly JsonSeries[]>;

/** Counts values by window with queries that stay each within a shard. */
export async function countInfluxql(ask: CountAsk, span: Span | null, execute: Execute): Promise<PointCounts> {
  const { query, fields, casts, shard, summed } = ask;
  const counts = new PointCounts();
  if (fields.length === 0) return counts;
  const asked = [
    ...fields.map((field) => `count(${compileColumn(field, casts)})`),
    ...summed.map((field) => `sum(${compileColumn(field, casts)})`),
  ];
  const select = `SELECT ${asked.join(", ")} FROM ${quoteName(query.measurement)}`;
  if (span === null) add(counts, ask, await execute(select + conditions(query, null)), () => ALWAYS);
  for (const run of span === null ? [] : windowRuns(span)) {
    for (const piece of shardPieces(run, shard)) {
      const group = ` GROUP BY time(${run.every}ms, ${offsetOf(run)}ms) fill(none)`;
      add(counts, ask, await execute(select + conditions(query, piece) + group), (time) => startOf(run, Math.round(time / 1e6)));
    }
  }
  return counts;
}

function add(counts: PointCounts, { fields, summed }: CountAsk, series: readonly JsonSeries[], startAt: (time: number) => Instant): void {
  for (const [time, ...values] of series.flatMap(({ values: rows = [] }) => rows)) {
    const start = startAt(Number(time));
    for (const [index, field] of fields.entries()) counts.add(start, field, Number(values[index] ?? 0));
    for (const [index, field] of summed.entries()) {
      const sum = values[fields.length + index] ?? null;
      if (sum !== null) counts.addSum(start, field, Number(sum));
    }
  }
}
