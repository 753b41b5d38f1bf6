import type { FieldValue, WrittenPoint } from "./arbitrary-points.js";

/** One value of a point, as Flux has it: a row of its own. */
export interface FluxValue {
  readonly time: bigint;
  readonly field: string;
  readonly value: FieldValue;
  readonly tags: readonly (readonly [name: string, value: string])[];
}

/** The values that a server holds after the points were written in their order. */
export function toValues(points: readonly WrittenPoint[]): FluxValue[] {
  const values = new Map<string, FluxValue>();
  for (const { time, tags, fields } of points) {
    const sorted = [...tags].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [field, value] of fields) values.set(JSON.stringify([String(time), sorted, field]), { time, field, value, tags: sorted });
  }
  return [...values.values()];
}

export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const TYPES: Readonly<Record<string, string>> = { number: "double", bigint: "long", boolean: "boolean", string: "string" };

/** A cell as the server writes it: every line feed with a carriage return before it, those that stood there gone. */
function cell(text: string): string {
  const sent = text.replaceAll("\r", "").replaceAll("\n", "\r\n");
  return /[",\r\n]|^[ \t]/.test(sent) || sent === "\\." ? `"${sent.replaceAll('"', '""')}"` : sent;
}

/** A time in RFC 3339 with as many digits as it needs. */
function rfc3339(time: bigint): string {
  const seconds = new Date(Number(time / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const nanos = String(time % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return nanos === "" ? `${seconds}Z` : `${seconds}.${nanos}Z`;
}

/** A number as the server writes it: with as many digits as it takes, and no exponent. */
function plain(value: FieldValue): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  const parts = typeof value === "number" ? /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) : null;
  if (parts === null) return text;
  const [, sign, whole, fraction = "", exponent] = parts;
  const digits = `${whole}${fraction}`;
  if (Number(exponent) < 0) return `${sign}0.${"0".repeat(-Number(exponent) - 1)}${digits}`;
  return `${sign}${digits.padEnd(Number(exponent) + 1, "0")}`;
}

/** The reply to a query for points: tables in order of field and tags, annotated anew wherever their columns change. */
export function fluxReply(values: readonly FluxValue[]): string {
  const tables = groupBy(values, ({ field, tags }) => [field, ...tags.flat()].map((part) => JSON.stringify(part)).join());
  let columns = "";
  const blocks = [...tables.keys()].sort().map((key, table) => {
    const rows = tables.get(key) ?? [];
    const [{ value, tags }] = rows as [FluxValue];
    const type = TYPES[typeof value];
    const names = tags.map(([name]) => cell(name));
    const head = [
      `#datatype,string,long,dateTime:RFC3339,${type},string${",string".repeat(names.length)}`,
      `#group,false,false,false,false,true${",true".repeat(names.length)}`,
      `#default,_result,,,,${",".repeat(names.length)}`,
      [",result,table,_time,_value,_field", ...names].join(","),
    ].join("\r\n");
    const again = head === columns ? "" : `${columns === "" ? "" : "\r\n"}${head}\r\n`;
    columns = head;
    const lines = rows.map((row) =>
      [`,,${table}`, rfc3339(row.time), cell(plain(row.value)), cell(row.field), ...row.tags.map(([, text]) => cell(text))].join(","),
    );
    return again + lines.map((line) => `${line}\r\n`).join("");
  });
  return `${blocks.join("")}\r\n`;
}

/** The reply to a query whose rows are names, or counts. */
export function fluxTable(columns: readonly (readonly [name: string, type: string])[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "\r\n";
  const lines = [
    `#datatype,string,long,${columns.map(([, type]) => type).join(",")}`,
    `#group,false,false${",false".repeat(columns.length)}`,
    `#default,_result,${",".repeat(columns.length)}`,
    `,result,table,${columns.map(([name]) => name).join(",")}`,
    ...rows.map((row) => `,,0,${row.map(cell).join(",")}`),
    "",
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}
