import type { Span } from "../../core/window.js";
import { type Reading, readProven } from "../count/read-proven.js";
import type { ReadResult } from "../influx-client.js";
import type { ReadTarget } from "../read-target.js";
import type { AggregateSource } from "./aggregate-source.js";
import { countParts, countPoints } from "./count-values.js";
import { type AggregateQuery, checkBuckets, rawQuery } from "./parts.js";
import { aggregatePoints, mergeParts } from "./to-aggregate.js";

/**
 * Reads aggregates: aggregated by the server where it can be asked for them, else of points that are read. Either way the raw values are counted.
 * Throws what `readProven` throws, and `CONFIG_INVALID` for buckets that do not fit the windows.
 */
export async function readAggregate(
  source: AggregateSource,
  query: AggregateQuery,
  span: Span | null,
  target: ReadTarget,
): Promise<ReadResult> {
  checkBuckets(query, span);
  const pushed = (await source.obstacle(query, span, target.signal)) === null;
  return readProven(
    source,
    query,
    span,
    target,
    pushed ? ofParts(source, query, span, target) : ofPoints(() => source.read(rawQuery(query), span, target), query, span, target),
  );
}

function ofParts(source: AggregateSource, query: AggregateQuery, span: Span | null, target: ReadTarget): Reading {
  return {
    read: () => source.readParts(query, span, target),
    count: (points) => countParts(target.db, query, points, span),
    toRelation: (points) => ({ sql: mergeParts(query, points, target.warn), counted: query.fields }),
    counted: true,
  };
}

/** Aggregates made here of points that `read` brings. */
function ofPoints(read: Reading["read"], query: AggregateQuery, span: Span | null, target: ReadTarget): Reading {
  return {
    read,
    count: (points) => countPoints(target.db, query, points, span),
    toRelation: (points) => ({ sql: aggregatePoints(query, points, target.warn), counted: query.fields }),
    counted: true,
  };
}

/** The queries that `readAggregate` sends, and what it does with their replies. */
export async function explainAggregate(
  source: AggregateSource,
  query: AggregateQuery,
  span: Span | null,
  signal: AbortSignal,
): Promise<{ readonly way: string; readonly queries: readonly string[] }> {
  checkBuckets(query, span);
  const obstacle = await source.obstacle(query, span, signal);
  if (obstacle === null) return { way: "aggregated by the server", queries: await source.partQueries(query, span, signal) };
  return { way: `points, aggregated here, for ${obstacle}`, queries: await source.queries(rawQuery(query), span, signal) };
}
