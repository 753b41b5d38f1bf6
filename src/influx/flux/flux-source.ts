import { KpiError } from "../../core/errors.js";
import type { Span, Window } from "../../core/window.js";
import type { AggregateSource } from "../aggregate/aggregate-source.js";
import { type AggregateQuery, partFunctions } from "../aggregate/parts.js";
import { splitBucket } from "../aggregate/split-bucket.js";
import { PointWriter } from "../columns/point-writer.js";
import { SheetWriter } from "../columns/sheet-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import { PointCounts } from "../count/point-counts.js";
import { startOf, windowRuns } from "../count/window-runs.js";
import type { FieldType, PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import type { AskedNames } from "../relation/to-relation.js";
import { getJson, organisation } from "../server/get-json.js";
import { readInto } from "../server/read-into.js";
import type { ServerOptions } from "../server/server-options.js";
import { shardPieces } from "../server/shard-pieces.js";
import { compileFlux, compileFluxCount, compileFluxPart, compileKeys } from "./compile-flux.js";
import { CountRows } from "./count-rows.js";
import { fluxAsk } from "./flux-ask.js";
import { PointRows } from "./point-rows.js";
import { queryRows } from "./query-rows.js";
import { SheetRows } from "./sheet-rows.js";
import { TextRows } from "./text-rows.js";

/** Servers whose windows end before their end. */
const NEEDS_NO_CARE = /^(?!2\.0\.[0-6]\b|2\.0\.0-|2$)/;
const NOT_TAGS = new Set(["_start", "_stop", "_field", "_measurement"]);

interface PieceQuery {
  readonly query: PointQuery;
  readonly tags: readonly string[];
  readonly piece: Window;
}

function halves({ start, end }: Window): Window[] {
  const middle = Math.floor((start + end) / 2);
  return [
    { start, end: middle },
    { start: middle, end },
  ];
}

/** Reads points by Flux. */
export class FluxSource implements AggregateSource {
  readonly method = "flux";
  readonly #options: ServerOptions;
  readonly #version: string;
  readonly #most: number | undefined;

  /**
   * `version` is that of the server as it calls itself, or what the connection says where it was not asked. `most` is how many points are read at once;
   * without it as many as the writer likes.
   */
  constructor(options: ServerOptions, version: string, most?: number) {
    this.#options = options;
    this.#version = version;
    this.#most = most;
  }

  /** The queries for a window, one for each shard that it touches. */
  async queries(query: PointQuery, window: Window | null, signal: AbortSignal): Promise<string[]> {
    const tags = await this.#tagKeys(query, signal);
    return this.#compile(query, tags, window, await this.#shard(query.bucket, signal));
  }

  async read(query: PointQuery, window: Window | null, target: ReadTarget): Promise<Points> {
    const tags = await this.#tagKeys(query, target.signal);
    const writer = new SheetWriter((columns) => target.append(columns), toTimeRange(window), this.#most);
    for (const [field, type] of query.types) writer.rest.need("field", field, type);
    for (const tag of tags) writer.rest.need("tag", tag, "VARCHAR");
    const pieces = this.#pieces(window, await this.#shard(query.bucket, target.signal));
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift())
      pieces.unshift(...(await this.#readPiece({ query, tags, piece }, writer, target)));
    const segments = await writer.close();
    const read = { slots: writer.rest.slots, segments, scattered: writer.rest.total > 0 };
    return this.#points(query, tags, read, ofPoints, target.signal);
  }

  /** Reads a piece of a window, or nothing but the smaller pieces in which it is to be read instead. */
  async #readPiece({ query, tags, piece }: PieceQuery, writer: SheetWriter, target: ReadTarget): Promise<Window[]> {
    writer.rest.range = toTimeRange(piece);
    writer.divisible = piece.end - piece.start > 1;
    const ask = fluxAsk(this.#options, compileFlux(query, tags, piece), writer, () => new SheetRows(writer));
    try {
      await readInto(this.#options, writer, ask, target);
      return [];
    } catch (thrown) {
      if (!writer.full) throw thrown;
      return halves(piece);
    }
  }

  async obstacle(query: AggregateQuery, window: Window | null, signal: AbortSignal): Promise<string | null> {
    const { aggregate, bucket } = query;
    if (!NEEDS_NO_CARE.test(this.#version)) return `InfluxDB ${this.#version} may count a window's end in; 2.0.7 and later do not`;
    const tags = await this.#tagKeys(query, signal);
    const order = aggregate.functions.find((fn) => fn === "first" || fn === "last");
    if (order !== undefined && tags.some((tag) => aggregate.by !== null && !aggregate.by.includes(tag)))
      return `Flux keeps no times by which the ${order} of several series could be told`;
    return window === null ? null : splitBucket(shardPieces(window, await this.#shard(bucket, signal)), aggregate.every);
  }

  async partQueries(query: AggregateQuery, window: Window | null, signal: AbortSignal): Promise<string[]> {
    const tags = await this.#tagKeys(query, signal);
    const pieces = this.#pieces(window, await this.#shard(query.bucket, signal));
    return partFunctions(query).flatMap((fn) => pieces.map((piece) => compileFluxPart(query, fn, tags, piece)));
  }

  async readParts(query: AggregateQuery, window: Window | null, target: ReadTarget): Promise<Points> {
    const tags = await this.#tagKeys(query, target.signal);
    const pieces = this.#pieces(window, await this.#shard(query.bucket, target.signal));
    const writer = new PointWriter((columns) => target.append(columns), toTimeRange(window));
    for (const tag of tags) writer.need("tag", tag, "VARCHAR");
    for (const fn of partFunctions(query)) {
      for (const piece of pieces) {
        const ask = fluxAsk(this.#options, compileFluxPart(query, fn, tags, piece), writer, () => new PointRows(writer, `${fn} `));
        await readInto(this.#options, writer, ask, target);
      }
    }
    const read = { slots: writer.slots, segments: await writer.close(), scattered: true };
    return this.#points(query, tags, read, ofParts, target.signal);
  }

  async names(query: PointQuery, signal: AbortSignal): Promise<AskedNames> {
    const fields = query.fields ?? (await this.#names(compileKeys("Field", query), signal)).sort();
    return { fields, tags: query.tags ?? (await this.#tagKeys(query, signal)) };
  }

  async count(query: PointQuery, fields: readonly string[], span: Span | null, signal: AbortSignal, sums = false): Promise<PointCounts> {
    if (sums) throw noSums(query);
    const counts = new PointCounts();
    const shard = await this.#shard(query.bucket, signal);
    for (const run of span === null ? [] : windowRuns(span)) {
      for (const piece of fields.length === 0 ? [] : shardPieces(run, shard)) {
        const text = compileFluxCount(query, fields, run, piece);
        const rows = await queryRows(this.#options, text, () => new CountRows(), signal);
        for (const { time, field, count } of rows.counts) counts.add(startOf(run, time), field, count);
      }
    }
    return counts;
  }

  #compile(query: PointQuery, tags: readonly string[], window: Window | null, shard: number | null): string[] {
    return this.#pieces(window, shard).map((piece) => compileFlux(query, tags, piece));
  }

  #pieces(window: Window | null, shard: number | null): Window[] {
    if (window !== null) return shardPieces(window, shard);
    throw new KpiError("CONFIG_INVALID", "Cannot read all of time by Flux: it would lose points where a field has changed its type", {
      hint: "Give the pipeline every:, or make the bucket readable by InfluxQL (a DBRP mapping)",
    });
  }

  async #points(query: PointQuery, tags: readonly string[], read: Read, fieldOf: FieldOf, signal: AbortSignal): Promise<Points> {
    const fields = met(await this.#names(compileKeys("Field", query), signal), read, fieldOf);
    return { schema: { tags: new Set(tags), fields }, ...read, ambiguous: read.segments.length > 0 };
  }

  async #tagKeys(query: PointQuery, signal: AbortSignal): Promise<string[]> {
    const names = await this.#names(compileKeys("Tag", query), signal);
    return names.filter((name) => !NOT_TAGS.has(name)).sort();
  }

  async #names(query: string, signal: AbortSignal): Promise<string[]> {
    return (await queryRows(this.#options, query, () => new TextRows(), signal)).texts;
  }

  /** How long the bucket's shards are, in ms; null where the token may not see it. */
  async #shard(bucket: string, signal: AbortSignal): Promise<number | null> {
    try {
      return shardOf(await getJson(this.#options, "/api/v2/buckets", { name: bucket, ...organisation(this.#options) }, signal));
    } catch (thrown) {
      if (thrown instanceof KpiError && (thrown.code === "SOURCE_NOT_FOUND" || thrown.code === "CREDENTIALS_REFUSED")) return null;
      throw thrown;
    }
  }
}

function noSums({ bucket }: PointQuery): KpiError {
  return new KpiError("CONFIG_INVALID", `Cannot compare the sums of bucket "${bucket}": by Flux it is asked for counts alone`, {
    hint: "Say late: { by: count } and give the pipeline a lookback, or make the bucket readable by InfluxQL (a DBRP mapping)",
  });
}

interface Buckets {
  readonly buckets?: readonly { readonly retentionRules?: readonly { readonly shardGroupDurationSeconds?: number }[] }[];
}

function shardOf(reply: unknown): number | null {
  const { buckets } = reply as Buckets;
  const seconds = buckets?.[0]?.retentionRules?.[0]?.shardGroupDurationSeconds ?? 0;
  return seconds > 0 ? seconds * 1000 : null;
}

/** The measurement's fields, with the types with which they came: Flux tells of no others. `fieldOf` says of which field a slot's type is, if any. */
function met(names: readonly string[], { slots, segments }: Read, fieldOf: FieldOf): Map<string, Set<FieldType>> {
  const fields = new Map(names.map((name) => [name, new Set<FieldType>()]));
  for (const { slot, type } of segments.flatMap(({ columns }) => columns)) {
    const { role, name } = slots[slot] ?? { role: "tag", name: "" };
    const field = role === "field" ? fieldOf(name) : null;
    if (field !== null) fields.set(field, (fields.get(field) ?? new Set<FieldType>()).add(type as FieldType));
  }
  return fields;
}

type Read = Pick<Points, "slots" | "segments" | "scattered">;

type FieldOf = (slot: string) => string | null;

const ofPoints: FieldOf = (slot) => slot;

/** Counts and means say nothing of their field's type. */
const ofParts: FieldOf = (slot) => /^(?:sum|min|max|first|last) (.*)$/s.exec(slot)?.[1] ?? null;
