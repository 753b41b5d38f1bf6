import type { Window } from "../../core/window.js";
import type { AggregateQuery, Part } from "../aggregate/parts.js";
import { compileColumn, conditions, quoteName } from "./compile-influxql.js";

/** What a statement for aggregates selects, and by which tags; `casts` as for points. */
export interface PartsAsk {
  readonly parts: readonly Part[];
  readonly tags: readonly string[];
  readonly casts: ReadonlyMap<string, string>;
}

/** The query for the parts of aggregates: one row for each bucket and combination of tags that has values. */
export function compileParts(query: AggregateQuery, { parts, tags, casts }: PartsAsk, window: Window | null): string {
  const select = parts.map(({ fn, field }) => `${fn}(${compileColumn(field, casts)})`).join(", ");
  const groups = [`time(${query.aggregate.every}ms)`, ...tags.map(quoteName)].join(", ");
  return `SELECT ${select} FROM ${quoteName(query.measurement)}${conditions(query, window)} GROUP BY ${groups} fill(none)`;
}
