import type { Instant } from "../../core/time.js";
import type { Window } from "../../core/window.js";
import type { PointQuery } from "../point-query.js";

function enclose(text: string, quote: string): string {
  return `${quote}${text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`).replaceAll("\n", "\\n")}${quote}`;
}

/** A name in InfluxQL. */
export function quoteName(name: string): string {
  return enclose(name, '"');
}

/** A text in InfluxQL. */
export function quoteText(text: string): string {
  return enclose(text, "'");
}

function nanoseconds(instant: Instant): string {
  return String(BigInt(instant) * 1_000_000n);
}

/** The conditions of a WHERE: the time, and tags that must have one of some values. */
export function conditions({ where }: PointQuery, window: Window | null): string {
  const tags = [...where].map(([tag, values]) => `(${values.map((value) => `${quoteName(tag)}::tag = ${quoteText(value)}`).join(" OR ")})`);
  const times = window === null ? [] : [`time >= ${nanoseconds(window.start)}`, `time < ${nanoseconds(window.end)}`];
  const all = [...times, ...tags];
  return all.length === 0 ? "" : ` WHERE ${all.join(" AND ")}`;
}

/** A field in a SELECT: as `casts` says where it has had several types. */
export function compileColumn(field: string, casts: ReadonlyMap<string, string>): string {
  return `${quoteName(field)}::${casts.get(field) ?? "field"}`;
}

/** The query for points: the fields, then the tags. `casts` holds what a field is asked for as where it has had several types. */
export function compileInfluxql(
  query: PointQuery,
  names: { readonly fields: readonly string[]; readonly tags: readonly string[] },
  casts: ReadonlyMap<string, string>,
  window: Window | null,
): string {
  const fields = names.fields.map((field) => compileColumn(field, casts));
  const tags = names.tags.map((tag) => `${quoteName(tag)}::tag`);
  return `SELECT ${[...fields, ...tags].join(", ")} FROM ${quoteName(query.measurement)}${conditions(query, window)}`;
}
