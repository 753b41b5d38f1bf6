import type {
  MeasurementContents,
  SourceBucket,
  SourceContents,
  SourceMeasurement,
  SourceQuestion,
  SourceTag,
} from "../../core/source-contents.js";
import { quoteIdentifier } from "../../core/sql.js";
import { bearing } from "../server/bearing.js";
import { getJson } from "../server/get-json.js";
import type { ServerOptions } from "../server/server-options.js";
import { querySql, readSqlSchema } from "../sql/query-sql.js";
import { noMeasurement, toTag } from "./browse-influxql.js";
import { MOST } from "./limits.js";
import { timeText } from "./time-text.js";

/** What an InfluxDB 3 holds. */
export async function browseSql(
  options: ServerOptions,
  { bucket, measurement }: SourceQuestion,
  signal: AbortSignal,
): Promise<SourceContents> {
  const bearer = bearing(options);
  if (bucket === null) return { level: "buckets", buckets: await listDatabases(bearer, signal) };
  if (measurement === null) return { level: "measurements", bucket, measurements: await listTables(bearer, bucket, signal) };
  return { level: "measurement", bucket, measurement, ...(await describeTable(bearer, bucket, measurement, signal)) };
}

async function listDatabases(options: ServerOptions, signal: AbortSignal): Promise<SourceBucket[]> {
  const rows = (await getJson(options, "/api/v3/configure/database", { format: "json" }, signal)) as readonly Readonly<
    Record<string, string>
  >[];
  return rows.map((row) => ({ name: row["iox::database"] ?? "", retention: null })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function listTables(options: ServerOptions, database: string, signal: AbortSignal): Promise<SourceMeasurement[]> {
  const columns = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'iox'";
  const found = new Map<string, { readonly fields: string[]; readonly tags: string[] }>();
  for (const { table_name: table, column_name: column, data_type: type } of await querySql(options, database, columns, signal)) {
    const held = found.get(String(table)) ?? { fields: [], tags: [] };
    found.set(String(table), held);
    if (column !== "time") (String(type).startsWith("Dictionary(") ? held.tags : held.fields).push(String(column));
  }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, { fields, tags }]) => ({ name, fields: fields.sort(), tags: tags.sort() }));
}

async function describeTable(options: ServerOptions, database: string, table: string, signal: AbortSignal): Promise<MeasurementContents> {
  const schema = await readSqlSchema(options, database, table, signal);
  if (schema.fields.size === 0) throw noMeasurement(options.name, table);
  const tags: SourceTag[] = [];
  for (const name of [...schema.tags].sort()) {
    const tag = quoteIdentifier(name);
    const query = `SELECT DISTINCT ${tag} AS v FROM ${quoteIdentifier(table)} WHERE ${tag} IS NOT NULL LIMIT ${MOST + 1}`;
    tags.push(
      toTag(
        name,
        (await querySql(options, database, query, signal)).map(({ v }) => String(v)),
      ),
    );
  }
  // in microseconds, which a number of JSON holds exactly
  const ends = `SELECT CAST(min(time) AS BIGINT) / 1000 AS first, CAST(max(time) AS BIGINT) / 1000 AS last FROM ${quoteIdentifier(table)}`;
  const [{ first, last } = {}] = await querySql(options, database, ends, signal);
  const fields = [...schema.fields].map(([name, types]) => ({ name, types: [...types] }));
  return { tags, fields: fields.sort((a, b) => (a.name < b.name ? -1 : 1)), first: text(first), last: text(last) };
}

function text(micros: string | number | undefined): string | null {
  return micros === undefined ? null : timeText(Number(micros));
}
