import type { Probe } from "../../core/connection.js";
import { KpiError } from "../../core/errors.js";
import type { CountContext, SourceTally } from "../../core/node.js";
import type { SourceContents, SourceQuestion } from "../../core/source-contents.js";
import type { Span, Window } from "../../core/window.js";
import type { AggregateSource } from "../aggregate/aggregate-source.js";
import { isAggregate } from "../aggregate/parts.js";
import { explainAggregate, readAggregate } from "../aggregate/read-aggregate.js";
import type { PointWriter } from "../columns/point-writer.js";
import { readProven } from "../count/read-proven.js";
import { toTally } from "../count/to-tally.js";
import type { InfluxClient, ReadResult } from "../influx-client.js";
import type { Assign } from "../influxql/assign.js";
import { InfluxqlSource, influxqlAsk } from "../influxql/influxql-source.js";
import { queryJson, toDatabase } from "../influxql/query-json.js";
import { readSchema } from "../influxql/read-schema.js";
import type { PointQuery, Query, RawQuery } from "../point-query.js";
import { bindWindow } from "../raw/bind-window.js";
import { rawWindows, readRaw, windowStart } from "../raw/read-raw.js";
import type { ReadTarget } from "../read-target.js";
import { fieldColumns } from "../relation/to-relation.js";
import { bearing } from "./bearing.js";
import { detectVersion, readClock, type ServerVersion } from "./detect-version.js";
import { getJson, organisation } from "./get-json.js";
import { isMappedElsewhere } from "./mapped-elsewhere.js";
import { opensApi } from "./opens-api.js";
import type { DataAsk } from "./read-into.js";
import type { ServerOptions } from "./server-options.js";

/** The way points are read, and why that one. */
interface Road {
  readonly source: AggregateSource;
  readonly why: string;
}

const LANGUAGES: Readonly<Record<RawQuery["kind"], string>> = { flux: "Flux", influxql: "InfluxQL", sql: "SQL" };

/** Column by column as they come; the time stands first in every InfluxQL reply. */
const asTheyCome: Assign = ({ columns }) => {
  if (columns[0] !== "time") throw new RangeError("the first column is not time");
  return columns.map((name, index) => (index === 0 ? null : { role: "field", name }));
};

/** Reads an InfluxDB over HTTP: by InfluxQL where the server lets us, else by Flux. */
export class ServerClient implements InfluxClient {
  readonly #options: ServerOptions;
  #version: ServerVersion | null = null;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  async read(query: Query, span: Span | null, target: ReadTarget): Promise<ReadResult> {
    if (query.kind !== "points") return { sql: await this.#readRaw(query, span, target), counted: null, counts: null };
    const { source } = await this.#road(query, target.signal);
    return isAggregate(query) ? readAggregate(source, query, span, target) : readProven(source, query, span, target);
  }

  async count(query: Query, { span, sums, signal }: CountContext): Promise<SourceTally | null> {
    if (query.kind !== "points") return null;
    const { source } = await this.#road(query, signal);
    const names = await source.names(query, signal);
    const counts = await source.count(query, names.fields, span, signal, sums);
    return toTally(source.method, counts, names.fields, isAggregate(query) ? names.fields : fieldColumns(names), span);
  }

  async explain(query: Query, span: Span | null, signal: AbortSignal): Promise<string> {
    if (query.kind !== "points") {
      const { text } = await this.#detectFor(query, signal);
      const queries = rawWindows(query, span).map((window) => bindWindow(query, window));
      return [`${LANGUAGES[query.kind]} on InfluxDB ${text}, for the step says so:`, queries.join(";\n")].join("\n");
    }
    const { source, why } = await this.#road(query, signal);
    if (!isAggregate(query)) return [`${why}:`, (await source.queries(query, span, signal)).join(";\n")].join("\n");
    const { way, queries } = await explainAggregate(source, query, span, signal);
    return [`${why}, ${way}:`, queries.join(";\n")].join("\n");
  }

  async probe(signal: AbortSignal): Promise<Probe> {
    const { major, text } = await this.#detect(signal);
    if (major === 3) await getJson(bearing(this.#options), "/api/v3/configure/database", { format: "json" }, signal);
    else if (major === 2 && opensApi(this.#options))
      await getJson(this.#options, "/api/v2/buckets", { limit: "1", ...organisation(this.#options) }, signal);
    else await queryJson(this.#options, { database: "", policy: null }, ["SHOW DATABASES"], signal);
    const clock = await readClock(this.#options, signal).catch(() => undefined);
    return { version: text, detail: `InfluxDB ${text} at ${this.#options.url}`, clock };
  }

  async browse(question: SourceQuestion, signal: AbortSignal): Promise<SourceContents> {
    const { browseServer } = await import("../browse/browse-server.js");
    return browseServer(this.#options, (await this.#detect(signal)).major, question, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.route.close();
  }

  async #detect(signal: AbortSignal): Promise<ServerVersion> {
    this.#version ??= await detectVersion(this.#options, signal);
    return this.#version;
  }

  async #road({ bucket, measurement }: PointQuery, signal: AbortSignal): Promise<Road> {
    const { major, text } = await this.#detect(signal);
    if (major === 3) return this.#sqlRoad(bucket, measurement, text, signal);
    const database = toDatabase(bucket);
    const hasFlux = major === 2 && opensApi(this.#options);
    try {
      const [preflight, elsewhere] = await Promise.all([
        readSchema(this.#options, database, measurement, signal),
        hasFlux && isMappedElsewhere(this.#options, bucket, signal),
      ]);
      if (elsewhere)
        return { source: await this.#flux(text), why: `Flux on InfluxDB ${text}, for InfluxQL's "${bucket}" is another bucket` };
      return { source: new InfluxqlSource(this.#options, database, preflight), why: `InfluxQL on InfluxDB ${text}` };
    } catch (thrown) {
      if (!hasFlux || !isClosed(thrown)) throw thrown;
      return { source: await this.#flux(text), why: `Flux on InfluxDB ${text}, for InfluxQL is not open here (${thrown.message})` };
    }
  }

  async #sqlRoad(bucket: string, measurement: string, version: string, signal: AbortSignal): Promise<Road> {
    const [{ SqlSource }, { readSqlSchema }] = await Promise.all([import("../sql/sql-source.js"), import("../sql/query-sql.js")]);
    const options = bearing(this.#options);
    return { source: new SqlSource(options, await readSqlSchema(options, bucket, measurement, signal)), why: `SQL on InfluxDB ${version}` };
  }

  async #flux(version: string): Promise<AggregateSource> {
    const { FluxSource } = await import("../flux/flux-source.js");
    return new FluxSource(this.#options, version);
  }

  async #readRaw(query: RawQuery, span: Span | null, target: ReadTarget): Promise<string> {
    const windows = rawWindows(query, span);
    await this.#detectFor(query, target.signal);
    if (query.kind === "sql") {
      const { readRawSql } = await import("../sql/read-raw-sql.js");
      return readRawSql(bearing(this.#options), query, windows, target);
    }
    const ask = query.kind === "flux" ? await this.#rawFlux(query) : this.#rawInfluxql(query);
    return readRaw(this.#options, windows, ask, target);
  }

  /** Who answers. Throws `SOURCE_REFUSED` where it does not speak the query's language. */
  async #detectFor({ kind }: RawQuery, signal: AbortSignal): Promise<ServerVersion> {
    const version = await this.#detect(signal);
    if ((kind === "sql") === (version.major === 3)) return version;
    const own = version.major === 1 ? "influxql:" : version.major === 2 ? "flux: or influxql:" : "sql:";
    throw new KpiError("SOURCE_REFUSED", `Cannot run a ${kind} query on InfluxDB ${version.text}: it is asked in another language`, {
      hint: `Use ${own}, or measurement: and fields:, which every source understands`,
    });
  }

  #rawInfluxql(query: RawQuery) {
    return (window: Window | null, writer: PointWriter): DataAsk =>
      influxqlAsk(this.#options, toDatabase(query.bucket), bindWindow(query, window), writer, asTheyCome);
  }

  async #rawFlux(query: RawQuery) {
    const [{ fluxAsk }, { RawRows }] = await Promise.all([import("../flux/flux-ask.js"), import("../flux/raw-rows.js")]);
    return (window: Window | null, writer: PointWriter): DataAsk =>
      fluxAsk(this.#options, bindWindow(query, window), writer, () => new RawRows(writer, windowStart(window)));
  }
}

/** Whether a server of version 2 only means that InfluxQL is not set up for the bucket, or not for this token. */
function isClosed(thrown: unknown): thrown is KpiError {
  return thrown instanceof KpiError && (thrown.code === "SOURCE_NOT_FOUND" || thrown.code === "CREDENTIALS_REFUSED");
}
