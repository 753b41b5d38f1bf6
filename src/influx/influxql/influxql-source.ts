import type { Span, Window } from "../../core/window.js";
import type { AggregateSource } from "../aggregate/aggregate-source.js";
import { type AggregateQuery, aggregateType, groupTags, type Part, partsOf } from "../aggregate/parts.js";
import { splitBucket } from "../aggregate/split-bucket.js";
import { PointWriter, type Slot } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import { commonType, isNumber, typeConflict } from "../columns/type-conflict.js";
import type { PointCounts } from "../count/point-counts.js";
import type { FieldType, PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import { type AskedNames, askedNames, fieldType } from "../relation/to-relation.js";
import { statementError, truncated } from "../server/check-reply.js";
import { type DataAsk, readInto } from "../server/read-into.js";
import type { ServerOptions } from "../server/server-options.js";
import { shardPieces } from "../server/shard-pieces.js";
import type { Assign } from "./assign.js";
import { compileInfluxql, conditions, quoteName } from "./compile-influxql.js";
import { compileParts } from "./compile-parts.js";
import { countInfluxql } from "./count-influxql.js";
import { MsgpackDecoder } from "./msgpack-decoder.js";
import { type DatabaseName, queryJson, queryPath } from "./query-json.js";
import type { Preflight } from "./read-schema.js";

const CASTS: Readonly<Record<FieldType, string>> = {
  DOUBLE: "float",
  BIGINT: "integer",
  UBIGINT: "unsigned",
  BOOLEAN: "boolean",
  VARCHAR: "string",
};

/** The request for an InfluxQL statement's data. */
export function influxqlAsk(
  options: ServerOptions,
  database: DatabaseName,
  statement: string,
  writer: PointWriter,
  assign: Assign,
): DataAsk {
  const path = queryPath(database, statement, { chunked: "true", chunk_size: "10000" });
  return {
    ask: { method: "GET", path, accept: "application/x-msgpack" },
    type: "application/x-msgpack",
    decoder: () => {
      const decoder = new MsgpackDecoder(writer, assign);
      return {
        decode: (bytes, from, to) => decoder.decode(bytes, from, to),
        prove: (rest) => {
          const { complete, error } = decoder.verdict(rest);
          if (error !== null) throw statementError(options, error);
          if (!complete) throw truncated(options);
        },
      };
    },
  };
}

/** Types that a field has had and that its column cannot hold: InfluxQL leaves such values out without a word. */
function strangers(query: PointQuery, { schema }: Preflight, field: string): FieldType[] {
  const type = fieldType(query, schema, field);
  return [...(schema.fields.get(field) ?? [])].filter((met) => commonType(type, met) === null);
}

function toSlot(role: Slot["role"]): (name: string) => Slot {
  return (name) => ({ role, name });
}

/** Reads points by InfluxQL. */
export class InfluxqlSource implements AggregateSource {
  readonly method = "influxql";
  readonly #options: ServerOptions;
  readonly #database: DatabaseName;
  readonly #preflight: Preflight;

  constructor(options: ServerOptions, database: DatabaseName, preflight: Preflight) {
    this.#options = options;
    this.#database = database;
    this.#preflight = preflight;
  }

  /** The statements for a window, one for each shard that it touches. */
  async queries(query: PointQuery, window: Window | null): Promise<string[]> {
    const names = askedNames(query, this.#preflight.schema);
    if (names.fields.length === 0) return [];
    return this.#pieces(window).map((piece) => compileInfluxql(query, names, this.#casts(query, names.fields), piece));
  }

  async names(query: PointQuery): Promise<AskedNames> {
    return askedNames(query, this.#preflight.schema);
  }

  count(query: PointQuery, fields: readonly string[], span: Span | null, signal: AbortSignal, sums = false): Promise<PointCounts> {
    const { schema, shard } = this.#preflight;
    const summed = sums ? fields.filter((field) => schema.fields.has(field) && isNumber(fieldType(query, schema, field))) : [];
    const ask = { query, fields, casts: this.#casts(query, fields), shard, summed };
    return countInfluxql(ask, span, async (statement) => (await queryJson(this.#options, this.#database, [statement], signal))[0] ?? []);
  }

  async read(query: PointQuery, window: Window | null, target: ReadTarget): Promise<Points> {
    await this.#refuseStrangers(query, window, target.signal);
    const { schema } = this.#preflight;
    const { fields, tags } = askedNames(query, schema);
    const writer = new PointWriter((columns) => target.append(columns), toTimeRange(window));
    for (const field of fields)
      if (schema.fields.has(field) || query.types.has(field)) writer.need("field", field, fieldType(query, schema, field));
    for (const tag of tags) writer.need("tag", tag, "VARCHAR");
    const slots = [...fields.map(toSlot("field")), ...tags.map(toSlot("tag"))];
    return this.#readAll(await this.queries(query, window), slots, writer, target);
  }

  async obstacle(query: AggregateQuery, window: Window | null): Promise<string | null> {
    return window === null ? null : splitBucket(shardPieces(window, this.#preflight.shard), query.aggregate.every);
  }

  async partQueries(query: AggregateQuery, window: Window | null): Promise<string[]> {
    const parts = this.#parts(query);
    const tags = groupTags(query, this.#preflight.schema);
    const casts = this.#casts(query, query.fields);
    return parts.length === 0 ? [] : this.#pieces(window).map((piece) => compileParts(query, { parts, tags, casts }, piece));
  }

  async readParts(query: AggregateQuery, window: Window | null, target: ReadTarget): Promise<Points> {
    const { schema } = this.#preflight;
    const parts = this.#parts(query);
    for (const { fn, field } of parts) aggregateType(fn, query, schema, field);
    await this.#refuseStrangers(query, window, target.signal);
    const writer = new PointWriter((columns) => target.append(columns), toTimeRange(window));
    for (const { fn, field, name } of parts) writer.need("field", name, aggregateType(fn, query, schema, field));
    for (const tag of groupTags(query, schema)) writer.need("tag", tag, "VARCHAR");
    const slots = parts.map(({ name }) => toSlot("field")(name));
    return this.#readAll(await this.partQueries(query, window), slots, writer, target);
  }

  /** Reads replies whose columns are the time and the slots. */
  async #readAll(statements: readonly string[], slots: readonly Slot[], writer: PointWriter, target: ReadTarget): Promise<Points> {
    const assign: Assign = ({ columns }) => {
      if (columns.length !== slots.length + 1) throw new RangeError(`${slots.length + 1} columns were asked for, not ${columns.length}`);
      return [null, ...slots];
    };
    for (const statement of statements) {
      await readInto(this.#options, writer, influxqlAsk(this.#options, this.#database, statement, writer, assign), target);
    }
    const { schema } = this.#preflight;
    return { schema, slots: writer.slots, segments: await writer.close(), scattered: false, ambiguous: false };
  }

  /** Of fields that the server knows: it may refuse to aggregate others. */
  #parts(query: AggregateQuery): Part[] {
    const known = query.fields.filter((field) => this.#preflight.schema.fields.has(field));
    return partsOf(query, known);
  }

  #casts(query: PointQuery, fields: readonly string[]): Map<string, string> {
    const mixed = fields.filter((field) => strangers(query, this.#preflight, field).length > 0);
    return new Map(mixed.map((field) => [field, CASTS[fieldType(query, this.#preflight.schema, field)]]));
  }

  #pieces(window: Window | null): (Window | null)[] {
    return window === null ? [null] : shardPieces(window, this.#preflight.shard);
  }

  /** Throws `SOURCE_TYPE_CONFLICT` where the window holds values that the query would leave out. */
  async #refuseStrangers(query: PointQuery, window: Window | null, signal: AbortSignal): Promise<void> {
    for (const field of askedNames(query, this.#preflight.schema).fields) {
      for (const type of strangers(query, this.#preflight, field)) {
        const statement = `SELECT count(${quoteName(field)}::${CASTS[type]}) FROM ${quoteName(query.measurement)}${conditions(query, window)}`;
        const [series = []] = await queryJson(this.#options, this.#database, [statement], signal);
        const count = Number(series[0]?.values?.[0]?.[1] ?? 0);
        if (count > 0) throw typeConflict(field, fieldType(query, this.#preflight.schema, field), type);
      }
    }
  }
}
