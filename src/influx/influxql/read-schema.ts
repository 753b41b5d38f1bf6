import type { FieldType } from "../point-query.js";
import type { ServerOptions } from "../server/server-options.js";
import { parseShardDuration } from "../server/shard-pieces.js";
import type { SourceSchema } from "../source-schema.js";
import { quoteName } from "./compile-influxql.js";
import { type DatabaseName, type JsonSeries, queryJson } from "./query-json.js";

const TYPES: Readonly<Record<string, FieldType>> = {
  float: "DOUBLE",
  integer: "BIGINT",
  unsigned: "UBIGINT",
  boolean: "BOOLEAN",
  string: "VARCHAR",
};

/** What must be known before points are asked for. */
export interface Preflight {
  readonly schema: SourceSchema;
  /** How long a shard is, in ms; null where the server does not tell. */
  readonly shard: number | null;
}

/** A column of a small reply, over all its series. */
export function cells(series: readonly JsonSeries[], column: string): string[] {
  return series.flatMap(({ columns, values = [] }) => values.map((row) => String(row[columns.indexOf(column)])));
}

/** The types of every field that `SHOW FIELD KEYS` names. */
export function fieldTypes(series: readonly JsonSeries[]): Map<string, Set<FieldType>> {
  const names = cells(series, "fieldKey");
  const fields = new Map<string, Set<FieldType>>();
  cells(series, "fieldType").forEach((type, index) => {
    const name = names[index] ?? "";
    fields.set(name, (fields.get(name) ?? new Set<FieldType>()).add(TYPES[type] ?? "DOUBLE"));
  });
  return fields;
}

function shardDuration(series: readonly JsonSeries[], policy: string | null): number | null {
  const names = cells(series, "name");
  const defaults = cells(series, "default");
  const index = policy === null ? defaults.indexOf("true") : names.indexOf(policy);
  return parseShardDuration(cells(series, "shardGroupDuration")[index] ?? "");
}

/** Asks for a measurement's fields with their types, its tags, and the length of the shards. Throws `SOURCE_NOT_FOUND` where there is no such database. */
export async function readSchema(
  options: ServerOptions,
  database: DatabaseName,
  measurement: string,
  signal: AbortSignal,
): Promise<Preflight> {
  const from = quoteName(measurement);
  const statements = [
    `SHOW FIELD KEYS FROM ${from}`,
    `SHOW TAG KEYS FROM ${from}`,
    `SHOW RETENTION POLICIES ON ${quoteName(database.database)}`,
  ];
  const [fields = [], tags = [], policies = []] = await queryJson(options, database, statements, signal);
  return {
    schema: { fields: fieldTypes(fields), tags: new Set(cells(tags, "tagKey")) },
    shard: shardDuration(policies, database.policy),
  };
}
