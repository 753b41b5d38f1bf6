import { KpiError } from "../../core/errors.js";
import type { MeasurementContents, SourceBucket, SourceField, SourceMeasurement, SourceTag } from "../../core/source-contents.js";
import { quoteName } from "../influxql/compile-influxql.js";
import { type DatabaseName, type JsonSeries, queryJson } from "../influxql/query-json.js";
import { cells, fieldTypes } from "../influxql/read-schema.js";
import type { FieldType } from "../point-query.js";
import type { ServerOptions } from "../server/server-options.js";
import { FEW, MOST } from "./limits.js";
import { timeText } from "./time-text.js";

const CASTS: Readonly<Record<FieldType, string>> = {
  DOUBLE: "float",
  BIGINT: "integer",
  UBIGINT: "unsigned",
  BOOLEAN: "boolean",
  VARCHAR: "string",
};

/** The databases of InfluxDB 1, one for each retention policy; the default one goes by the database's name alone. */
export async function listDatabases(options: ServerOptions, signal: AbortSignal): Promise<SourceBucket[]> {
  const nowhere = { database: "", policy: null };
  const [databases = []] = await queryJson(options, nowhere, ["SHOW DATABASES"], signal);
  const names = cells(databases, "name");
  if (names.length === 0) return [];
  const policies = await queryJson(
    options,
    nowhere,
    names.map((name) => `SHOW RETENTION POLICIES ON ${quoteName(name)}`),
    signal,
  );
  return names.flatMap((name, index) => policiesOf(name, policies[index] ?? []));
}

function policiesOf(database: string, series: readonly JsonSeries[]): SourceBucket[] {
  const defaults = cells(series, "default");
  const durations = cells(series, "duration");
  return cells(series, "name").map((policy, index) => ({
    name: defaults[index] === "true" ? database : `${database}/${policy}`,
    retention: durations[index] === "0s" ? null : (durations[index]?.replace(/(?<=h)0m0s$/, "") ?? null),
  }));
}

/** A database's measurements, whatever retention policy their points are under: the server keeps one list. */
export async function listMeasurements(options: ServerOptions, database: DatabaseName, signal: AbortSignal): Promise<SourceMeasurement[]> {
  const statements = ["SHOW MEASUREMENTS", "SHOW FIELD KEYS", "SHOW TAG KEYS"];
  const [measurements = [], fields = [], tags = []] = await queryJson(options, database, statements, signal);
  const of = (series: readonly JsonSeries[], name: string) => series.filter((one) => one.name === name);
  return cells(measurements, "name").map((name) => ({
    name,
    fields: [...new Set(cells(of(fields, name), "fieldKey"))].sort(),
    tags: cells(of(tags, name), "tagKey").sort(),
  }));
}

/** One measurement. Throws `SOURCE_NOT_FOUND` where there is none of that name. */
export async function describeMeasurement(
  options: ServerOptions,
  database: DatabaseName,
  measurement: string,
  signal: AbortSignal,
): Promise<MeasurementContents> {
  const from = quoteName(measurement);
  const statements = [`SHOW FIELD KEYS FROM ${from}`, `SHOW TAG KEYS FROM ${from}`];
  const [keys = [], tagKeys = []] = await queryJson(options, database, statements, signal);
  const fields = [...fieldTypes(keys)].map(([name, types]) => ({ name, types: [...types] }));
  if (fields.length === 0) throw noMeasurement(options.name, measurement);
  const tags: SourceTag[] = [];
  for (const name of cells(tagKeys, "tagKey").sort()) tags.push(await describeTag(options, database, from, name, signal));
  const [first, last] = await ends(options, database, from, fields, signal);
  return { tags, fields: fields.sort((a, b) => (a.name < b.name ? -1 : 1)), first, last };
}

export function noMeasurement(connection: string, measurement: string): KpiError {
  return new KpiError("SOURCE_NOT_FOUND", `Cannot find measurement "${measurement}" in "${connection}": there is none of that name`, {
    hint: "Without --measurement, those that there are are listed",
  });
}

async function describeTag(
  options: ServerOptions,
  database: DatabaseName,
  from: string,
  name: string,
  signal: AbortSignal,
): Promise<SourceTag> {
  const statement = `SHOW TAG VALUES FROM ${from} WITH KEY = ${quoteName(name)} LIMIT ${MOST + 1}`;
  const [series = []] = await queryJson(options, database, [statement], signal);
  return toTag(name, cells(series, "value"));
}

/** A tag of which at most one value more than `MOST` was asked for. */
export function toTag(name: string, values: readonly string[]): SourceTag {
  return { name, count: Math.min(values.length, MOST), more: values.length > MOST, values: [...values].sort().slice(0, FEW) };
}

/** The first and the last time. A field that has changed its type is asked for under each: the others would be left out without a word. */
async function ends(
  options: ServerOptions,
  database: DatabaseName,
  from: string,
  fields: readonly SourceField[],
  signal: AbortSignal,
): Promise<readonly [string | null, string | null]> {
  const mixed = fields.filter(({ types }) => types.length > 1);
  const casts = mixed.flatMap(({ name, types }) => types.map((type) => `${quoteName(name)}::${CASTS[type as FieldType]}`));
  const ask = async (order: string): Promise<number[]> => {
    const statements = ["*::field", ...casts].map((what) => `SELECT ${what} FROM ${from} ORDER BY time ${order} LIMIT 1`);
    const replies = await queryJson(options, database, statements, signal);
    // a number of JSON holds such a time to a quarter of a microsecond
    return replies.flat().flatMap((series) => cells([series], "time").map((time) => Math.round(Number(time) / 1000)));
  };
  const [firsts, lasts] = [await ask("ASC"), await ask("DESC")];
  return [firsts.length === 0 ? null : timeText(Math.min(...firsts)), lasts.length === 0 ? null : timeText(Math.max(...lasts))];
}
