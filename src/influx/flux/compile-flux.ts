import { fluxString } from "@influxdata/influxdb-client";
import { toIso } from "../../core/time.js";
import type { Window } from "../../core/window.js";
import type { AggregateQuery } from "../aggregate/parts.js";
import { offsetOf, type WindowRun } from "../count/window-runs.js";
import type { AggregateFunction, PointQuery } from "../point-query.js";

/** A text in Flux; nothing in it is read as code. */
export function quoteFlux(text: string): string {
  const parts = text.split("$").map((part) => String(fluxString(part)).slice(1, -1));
  // by its code, for Flux takes the backslash after a dollar with it: the quote that it escaped would end the text
  return `"${parts.join("\\x24")}"`;
}

function any(column: string, values: readonly string[]): string {
  return values.map((value) => `r[${quoteFlux(column)}] == ${quoteFlux(value)}`).join(" or ");
}

/** A measurement's points in a window, with the fields and tags asked for. */
function selection(query: PointQuery, fields: readonly string[] | null, window: Window): string[] {
  const filters = [`r["_measurement"] == ${quoteFlux(query.measurement)}`];
  if (fields !== null) filters.push(any("_field", fields));
  for (const [tag, values] of query.where) filters.push(any(tag, values));
  return [
    `from(bucket: ${quoteFlux(query.bucket)})`,
    `range(start: ${toIso(window.start)}, stop: ${toIso(window.end)})`,
    ...filters.map((filter) => `filter(fn: (r) => ${filter})`),
  ];
}

/** The query for points: one row a value. What is not reshaped comes from the first millisecond on; `SheetRows` makes points of it. */
export function compileFlux(query: PointQuery, tags: readonly string[], window: Window): string {
  const columns = ["_time", "_value", "_field", ...tags].map(quoteFlux).join(", ");
  return [...selection(query, query.fields, window), `keep(columns: [${columns}])`].join("\n  |> ");
}

/** The query for one function of each field, series by series: a form that the server takes from its storage without reading points. */
export function compileFluxPart(query: AggregateQuery, fn: AggregateFunction, tags: readonly string[], window: Window): string {
  const columns = ["_time", "_value", "_field", ...tags].map(quoteFlux).join(", ");
  return [
    ...selection(query, query.fields, window),
    `aggregateWindow(every: ${query.aggregate.every}ms, fn: ${fn}, timeSrc: "_start", createEmpty: false)`,
    `keep(columns: [${columns}])`,
  ].join("\n  |> ");
}

/** The query for the number of values of each field in each window, which stay within a shard. Its tables are all of one form. */
export function compileFluxCount(query: PointQuery, fields: readonly string[], run: WindowRun, piece: Window): string {
  const offset = offsetOf(run) === 0 ? "" : `offset: ${offsetOf(run)}ms, `;
  return [
    ...selection(query, fields, piece),
    `aggregateWindow(every: ${run.every}ms, ${offset}fn: count, timeSrc: "_start", createEmpty: false)`,
    'group(columns: ["_time", "_field"])',
    "sum()",
  ].join("\n  |> ");
}

/** All of time, as far as Flux goes. */
const EVER = "range(start: 1677-09-22T00:00:00Z, stop: 2262-01-01T00:00:00Z)";

/** The query for names, which come in the column `_value`: a form that every version knows and the newer ones answer from their index. */
function compileNames(
  { bucket, measurement }: { readonly bucket: string; readonly measurement: string | null },
  ways: readonly string[],
): string {
  const filters = measurement === null ? [] : [`filter(fn: (r) => r["_measurement"] == ${quoteFlux(measurement)})`];
  return [`from(bucket: ${quoteFlux(bucket)})`, EVER, ...filters, ...ways].join("\n  |> ");
}

/** The query for the values of a tag, or of `_measurement` or `_field`, of all time; `measurement` null = of all. */
export function compileTagValues(of: { readonly bucket: string; readonly measurement: string | null }, tag: string): string {
  return compileNames(of, [`keep(columns: [${quoteFlux(tag)}])`, "group()", `distinct(column: ${quoteFlux(tag)})`]);
}

/** The query for the names of a measurement's tags or fields, of all time. */
export function compileKeys(kind: "Tag" | "Field", of: Pick<PointQuery, "bucket" | "measurement">): string {
  return kind === "Field" ? compileTagValues(of, "_field") : compileNames(of, ["keys()", 'keep(columns: ["_value"])', "distinct()"]);
}

/** The query for the first or last point of each series of a measurement. */
export function compileEnds(of: Pick<PointQuery, "bucket" | "measurement">, which: "first" | "last"): string {
  return compileNames(of, [`${which}()`]);
}
