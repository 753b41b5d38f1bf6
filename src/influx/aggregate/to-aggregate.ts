import { quoteIdentifier } from "../../core/sql.js";
import type { AggregateFunction, FieldType } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import { Cells } from "../relation/cells.js";
import { nameColumns } from "../relation/name-columns.js";
import { clashes, fieldType, warnUnknown, warnWidened } from "../relation/to-relation.js";
import { type AggregateQuery, aggregateType, bucketOf, groupTags, partFunctions, partName } from "./parts.js";

/** One column of aggregates. */
interface Output {
  readonly fn: AggregateFunction;
  /** The number of its field among those asked for. */
  readonly index: number;
  readonly type: FieldType;
}

/** Makes of points the relation of their aggregates: `time` and `time_ns` (the start of the bucket), the tags, the functions of each field. */
export function aggregatePoints(query: AggregateQuery, points: Points, warn: ReadTarget["warn"]): string {
  const cells = new Cells(points);
  const values = query.fields.map((field, index) => `${cells.field(field, fieldType(query, points.schema, field))} AS f${index}`);
  const times = `make_timestamptz(${bucketOf(query)}) AS time, ${bucketOf(query)} * 1000 AS time_ns, time_ns AS moment`;
  return relation(query, points, warn, { cells: values, times, expression: ofValues });
}

/** Makes the same relation of parts that a server has aggregated, one or several rows for each of the relation. */
export function mergeParts(query: AggregateQuery, points: Points, warn: ReadTarget["warn"]): string {
  const cells = new Cells(points);
  const parts = query.fields.flatMap((field, index) =>
    partFunctions(query).map(
      (fn) => `${cells.field(partName(fn, field), aggregateType(fn, query, points.schema, field))} AS ${fn}_${index}`,
    ),
  );
  return relation(query, points, warn, { cells: parts, times: "time, time_ns", expression: ofParts });
}

interface Recipe {
  /** What is selected of the tables that were filled, and what their times become. */
  readonly cells: readonly string[];
  readonly times: string;
  readonly expression: (output: Output) => string;
}

function relation(query: AggregateQuery, points: Points, warn: ReadTarget["warn"], recipe: Recipe): string {
  warnUnknown({ ...query, tags: query.aggregate.by }, points.schema, warn);
  warnWidened(query, points.schema, query.fields, warn);
  const tags = groupTags(query, points.schema);
  const outputs = outputsOf(query, points);
  const names = nameColumns(tags, [...outputs.keys()], clashes(warn));
  const cells = new Cells(points);
  const source = cells.select([...tags.map((tag, index) => `${cells.tag(tag)} AS g${index}`), ...recipe.cells]);
  const groups = tags.map((tag, index) => `g${index} AS ${quoteIdentifier(names.tags.get(tag) ?? tag)}`);
  const columns = [...outputs].map(
    ([name, output]) => `${recipe.expression(output)} AS ${quoteIdentifier(names.fields.get(name) ?? name)}`,
  );
  const keys = ["time", "time_ns", ...tags.map((_, index) => `g${index}`)].join(", ");
  const inner = `SELECT ${recipe.times}, * EXCLUDE (time, time_ns) FROM (${source})`;
  return `SELECT ${["time", "time_ns", ...groups, ...columns].join(", ")} FROM (${inner}) GROUP BY ${keys}`;
}

/** By name: `co`, or `mean_co` and `max_co` where there may be several functions. */
function outputsOf(query: AggregateQuery, { schema }: Points): Map<string, Output> {
  const { functions, plain } = query.aggregate;
  const outputs = query.fields.flatMap((field, index) =>
    functions.map((fn): [string, Output] => [
      plain ? field : `${fn}_${field}`,
      { fn, index, type: aggregateType(fn, query, schema, field) },
    ]),
  );
  return new Map(outputs);
}

/** Of several values of one moment, which only points of different series have, the greatest counts: as InfluxQL has it. */
function ofValues({ fn, index, type }: Output): string {
  const value = `f${index}`;
  switch (fn) {
    case "mean":
      return `avg(${value})::DOUBLE`;
    case "count":
      return `count(${value})`;
    case "first":
      return `first(${value} ORDER BY moment, ${value} DESC) FILTER (WHERE ${value} IS NOT NULL)`;
    case "last":
      return `last(${value} ORDER BY moment, ${value}) FILTER (WHERE ${value} IS NOT NULL)`;
    default:
      return `${fn}(${value})::${type}`;
  }
}

function ofParts({ fn, index, type }: Output): string {
  const part = `${fn}_${index}`;
  switch (fn) {
    case "mean":
      return `CASE WHEN count(${part}) < 2 THEN any_value(${part}) ELSE sum(${part} * count_${index}) / sum(count_${index}) END`;
    case "count":
      return `coalesce(sum(${part}), 0)::BIGINT`;
    case "first":
    case "last":
      return `any_value(${part})`;
    default:
      return `${fn}(${part})::${type}`;
  }
}
