import type { Span, Window } from "../../core/window.js";
import type { AggregateSource } from "../aggregate/aggregate-source.js";
import { type AggregateQuery, aggregateType, groupTags, type Part, partsOf } from "../aggregate/parts.js";
import { PointWriter } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import { isNumber } from "../columns/type-conflict.js";
import { ALWAYS, PointCounts } from "../count/point-counts.js";
import { startOf, windowRuns } from "../count/window-runs.js";
import type { PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import { type AskedNames, askedNames } from "../relation/to-relation.js";
import { readInto } from "../server/read-into.js";
import type { ServerOptions } from "../server/server-options.js";
import { shardPieces } from "../server/shard-pieces.js";
import type { SourceSchema } from "../source-schema.js";
import { compileSql, compileSqlCount, compileSqlParts, type SqlAsk } from "./compile-sql.js";
import { JsonLinesDecoder } from "./json-lines-decoder.js";
import { querySql } from "./query-sql.js";
import { sqlAsk } from "./sql-ask.js";

/** Reads points of InfluxDB 3 by SQL, a day in UTC at a time: its servers refuse a query over too many files. */
export class SqlSource implements AggregateSource {
  readonly method = "sql";
  readonly #options: ServerOptions;
  readonly #schema: SourceSchema;

  constructor(options: ServerOptions, schema: SourceSchema) {
    this.#options = options;
    this.#schema = schema;
  }

  async queries(query: PointQuery, window: Window | null): Promise<string[]> {
    const ask = this.#ask(query);
    return ask.fields.length === 0 ? [] : piecesOf(window).map((piece) => compileSql(query, ask, piece));
  }

  async read(query: PointQuery, window: Window | null, target: ReadTarget): Promise<Points> {
    const { fields, tags } = this.#ask(query);
    const writer = new PointWriter((columns) => target.append(columns), toTimeRange(window));
    const slots = new Map<string, number>();
    for (const [index, field] of fields.entries()) slots.set(`f${index}`, writer.need("field", field, this.#typeOf(field)));
    for (const [index, tag] of tags.entries()) slots.set(`g${index}`, writer.need("tag", tag, "VARCHAR"));
    return this.#readAll(query, await this.queries(query, window), slots, writer, target);
  }

  async obstacle(): Promise<null> {
    return null;
  }

  async partQueries(query: AggregateQuery, window: Window | null): Promise<string[]> {
    const ask = this.#partsAsk(query);
    return ask.fields.length === 0 ? [] : piecesOf(window).map((piece) => compileSqlParts(query, this.#parts(query), ask, piece));
  }

  async readParts(query: AggregateQuery, window: Window | null, target: ReadTarget): Promise<Points> {
    const writer = new PointWriter((columns) => target.append(columns), toTimeRange(window));
    const slots = new Map<string, number>();
    for (const [index, { fn, field, name }] of this.#parts(query).entries())
      slots.set(`f${index}`, writer.need("field", name, aggregateType(fn, { ...query, types: new Map() }, this.#schema, field)));
    for (const [index, tag] of this.#partsAsk(query).tags.entries()) slots.set(`g${index}`, writer.need("tag", tag, "VARCHAR"));
    return this.#readAll(query, await this.partQueries(query, window), slots, writer, target);
  }

  async names(query: PointQuery): Promise<AskedNames> {
    return askedNames(query, this.#schema);
  }

  async count(query: PointQuery, fields: readonly string[], span: Span | null, signal: AbortSignal, sums = false): Promise<PointCounts> {
    const counts = new PointCounts();
    const known = fields.filter((field) => this.#schema.fields.has(field));
    const summed = sums ? known.filter((field) => isNumber(this.#typeOf(field))) : [];
    const ask = { fields: known, tags: [], known: this.#schema.tags, summed };
    if (known.length === 0) return counts;
    for (const run of span === null ? [null] : windowRuns(span)) {
      for (const piece of run === null ? [null] : piecesOf(run)) {
        const text = compileSqlCount(query, ask, run && piece && { ...run, ...piece }, run?.start ?? 0);
        for (const row of await querySql(this.#options, query.bucket, text, signal)) {
          const start = run === null ? ALWAYS : startOf(run, Number(BigInt(row.t ?? 0) / 1_000_000n));
          for (const [index, field] of known.entries()) counts.add(start, field, Number(row[`f${index}`] ?? 0));
          for (const [index, field] of summed.entries()) {
            const sum = row[`s${index}`] ?? null;
            if (sum !== null) counts.addSum(start, field, Number(sum));
          }
        }
      }
    }
    return counts;
  }

  #ask(query: PointQuery): SqlAsk {
    const { fields, tags } = askedNames(query, this.#schema);
    const { fields: knownFields, tags: known } = this.#schema;
    return { fields: fields.filter((field) => knownFields.has(field)), tags: tags.filter((tag) => known.has(tag)), known };
  }

  #partsAsk(query: AggregateQuery): SqlAsk {
    return this.#ask({ ...query, tags: groupTags(query, this.#schema) });
  }

  #parts(query: AggregateQuery): Part[] {
    return partsOf(query, this.#ask(query).fields);
  }

  #typeOf(field: string) {
    return [...(this.#schema.fields.get(field) ?? [])][0] ?? "DOUBLE";
  }

  async #readAll(
    query: PointQuery,
    texts: readonly string[],
    slots: ReadonlyMap<string, number>,
    writer: PointWriter,
    target: ReadTarget,
  ): Promise<Points> {
    for (const text of texts) {
      const ask = sqlAsk(this.#options, query.bucket, text, () => new JsonLinesDecoder(writer, slots));
      await readInto(this.#options, writer, ask, target);
    }
    const segments = await writer.close();
    // lines end alike in the middle of a reply and at its end
    return { schema: this.#schema, slots: writer.slots, segments, scattered: false, ambiguous: texts.length > 0 };
  }
}

function piecesOf(window: Window | null): (Window | null)[] {
  return window === null ? [null] : shardPieces(window, null);
}
