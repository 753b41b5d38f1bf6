import type { Probe } from "../../core/connection.js";
import { KpiError } from "../../core/errors.js";
import type { CountContext, SourceTally } from "../../core/node.js";
import type { SourceContents, SourceQuestion } from "../../core/source-contents.js";
import { toIso } from "../../core/time.js";
import type { Span } from "../../core/window.js";
import { countPoints } from "../aggregate/count-values.js";
import { type AggregateQuery, checkBuckets, isAggregate, rawQuery } from "../aggregate/parts.js";
import { aggregatePoints } from "../aggregate/to-aggregate.js";
import { countRead } from "../count/count-read.js";
import { valuesByWindow } from "../count/read-proven.js";
import { toTally } from "../count/to-tally.js";
import type { InfluxClient, ReadResult } from "../influx-client.js";
import type { PointQuery, Query } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import { askedNames, fieldColumns, toRelation } from "../relation/to-relation.js";
import { FolderReader } from "./folder-reader.js";
import { LINES } from "./line-counts.js";
import { listFiles } from "./list-files.js";
import type { Folder } from "./listing.js";

/** How many lines there are, where points may be there twice and what was read is another number. */
async function tallyOf(query: PointQuery, points: Points, span: Span | null, { db }: ReadTarget): Promise<SourceTally | null> {
  if (span === null || !points.scattered) return null;
  const names = askedNames(query, points.schema);
  const counts = await countRead(db, points, names.fields, span);
  return toTally(LINES, counts, names.fields, query.aggregate === null ? fieldColumns(names) : names.fields, span);
}

/** Reads a folder of line protocol as if it were a server. */
export class FolderClient implements InfluxClient {
  readonly #folder: Folder;
  readonly #reader: FolderReader;

  constructor(folder: Folder) {
    this.#folder = folder;
    this.#reader = new FolderReader(folder);
  }

  async read(query: Query, span: Span | null, target: ReadTarget): Promise<ReadResult> {
    const asked = this.#points(query);
    if (isAggregate(asked)) return this.#aggregate(asked, span, target);
    const points = await this.#reader.read(asked, span, target);
    const relation = toRelation(asked, points, target.warn);
    // every line is proven by itself: there is nothing that a count could add
    return { ...relation, counts: null, tally: await tallyOf(asked, points, span, target) };
  }

  async count(query: Query, context: CountContext): Promise<SourceTally> {
    const { countFolder } = await import("./count-folder.js");
    return countFolder(this.#folder, this.#points(query), context);
  }

  async explain(query: Query, span: Span | null): Promise<string> {
    const { bucket, measurement, fields, where } = this.#points(query);
    const files = await listFiles(this.#folder.path, bucket);
    const conditions = [...where].map(([tag, values]) => `${tag} in (${values.join(", ")})`);
    if (span !== null) conditions.unshift(`${toIso(span.start)} <= time < ${toIso(span.end)}`);
    return `scan ${files.length} files of ${this.#folder.path} for ${measurement} (${fields?.join(", ") ?? "all fields"}) where ${conditions.join(" and ") || "true"}`;
  }

  async #aggregate(query: AggregateQuery, span: Span | null, target: ReadTarget): Promise<ReadResult> {
    checkBuckets(query, span);
    const points = await this.#reader.read(rawQuery(query), span, target);
    const counts = await countPoints(target.db, query, points, span);
    return {
      sql: aggregatePoints(query, points, target.warn),
      counted: query.fields,
      counts: valuesByWindow(counts, query.fields, span),
      tally: await tallyOf(query, points, span, target),
    };
  }

  async probe(): Promise<Probe> {
    const files = await listFiles(this.#folder.path, "");
    return { version: "line protocol", detail: `${files.length} files in ${this.#folder.path}` };
  }

  async browse(question: SourceQuestion, signal: AbortSignal): Promise<SourceContents> {
    const { browseFolder } = await import("../browse/browse-folder.js");
    return browseFolder(this.#folder, question, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // nothing is held open
  }

  #points(query: Query): PointQuery {
    if (query.kind === "points") return query;
    throw new KpiError(
      "SOURCE_REFUSED",
      `Cannot run a ${query.kind} query on folder "${this.#folder.path}": files have no query language`,
      {
        hint: "Use measurement: and fields:, which every source understands",
      },
    );
  }
}
