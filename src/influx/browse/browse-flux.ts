import type { MeasurementContents, SourceMeasurement, SourceTag } from "../../core/source-contents.js";
import { FLUX_TYPES } from "../flux/cell-reader.js";
import { compileEnds, compileKeys, compileTagValues } from "../flux/compile-flux.js";
import type { CsvRecord } from "../flux/csv-record.js";
import { queryRows } from "../flux/query-rows.js";
import { FIRST_COLUMN, type RowReader } from "../flux/row-reader.js";
import { TextRows } from "../flux/text-rows.js";
import type { FieldType, PointQuery } from "../point-query.js";
import type { ServerOptions } from "../server/server-options.js";
import { noMeasurement, toTag } from "./browse-influxql.js";
import { MOST } from "./limits.js";

const NOT_TAGS = new Set(["_start", "_stop", "_field", "_measurement"]);

async function texts(options: ServerOptions, query: string, signal: AbortSignal): Promise<string[]> {
  return (await queryRows(options, query, () => new TextRows(), signal)).texts.sort();
}

/** A bucket's measurements by name: their fields and tags would take two queries each. */
export async function listMeasurementsByFlux(options: ServerOptions, bucket: string, signal: AbortSignal): Promise<SourceMeasurement[]> {
  const names = await texts(options, compileTagValues({ bucket, measurement: null }, "_measurement"), signal);
  return names.map((name) => ({ name, fields: null, tags: null }));
}

/** One measurement. A field's types are those of each series' first and last point. Throws `SOURCE_NOT_FOUND` where there is none of that name. */
export async function describeMeasurementByFlux(
  options: ServerOptions,
  asked: Pick<PointQuery, "bucket" | "measurement">,
  signal: AbortSignal,
): Promise<MeasurementContents> {
  const names = await texts(options, compileKeys("Field", asked), signal);
  if (names.length === 0) throw noMeasurement(options.name, asked.measurement);
  const keys = await texts(options, compileKeys("Tag", asked), signal);
  const tags: SourceTag[] = [];
  for (const name of keys.filter((key) => !NOT_TAGS.has(key))) {
    const query = `${compileTagValues(asked, name)}\n  |> limit(n: ${MOST + 1})`;
    tags.push(toTag(name, await texts(options, query, signal)));
  }
  const ends = (which: "first" | "last") => queryRows(options, compileEnds(asked, which), () => new EndRows(), signal);
  const [first, last] = [await ends("first"), await ends("last")];
  const types = (name: string) => [...new Set([...(first.types.get(name) ?? []), ...(last.types.get(name) ?? [])])];
  return { tags, fields: names.map((name) => ({ name, types: types(name) })), first: first.earliest, last: last.latest };
}

/** Keeps the times and types of rows that are each the first or the last of their series. */
class EndRows implements RowReader {
  readonly types = new Map<string, Set<FieldType>>();
  earliest: string | null = null;
  latest: string | null = null;
  #time = -1;
  #field = -1;
  #type: FieldType = "VARCHAR";

  begin(names: readonly string[], types: readonly string[]): void {
    this.#time = names.indexOf("_time", FIRST_COLUMN);
    this.#field = names.indexOf("_field", FIRST_COLUMN);
    const value = names.indexOf("_value", FIRST_COLUMN);
    if (this.#time < 0 || this.#field < 0 || value < 0) throw new RangeError("a table lacks _time, _field or _value");
    this.#type = (FLUX_TYPES[types[value] ?? ""] ?? "VARCHAR") as FieldType;
  }

  row(bytes: Buffer, record: CsvRecord): boolean {
    const time = record.text(bytes, this.#time);
    const field = record.text(bytes, this.#field);
    this.types.set(field, (this.types.get(field) ?? new Set<FieldType>()).add(this.#type));
    if (this.earliest === null || order(time) < order(this.earliest)) this.earliest = time;
    if (this.latest === null || order(time) > order(this.latest)) this.latest = time;
    return true;
  }
}

/** Times of different precision in an order of text. */
function order(time: string): string {
  const [whole = "", fraction = ""] = time.slice(0, -1).split(".");
  return `${whole}.${fraction.padEnd(9, "0")}`;
}
