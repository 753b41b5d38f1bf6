import { aggregateWindow, edge } from "./aggregate-window.js";
import { invalid } from "./refusal.js";
import type { FluxScalar, Series, StoredValues, WrittenValue } from "./stored-values.js";
import { type FluxTable, writeDouble, writeTime } from "./write-tables.js";

const TEXT = '"(?:[^"\\\\]|\\\\.)*"';
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Runs a query of the forms that kpi asks in, and refuses all others. */
export function runFlux(text: string, bucketOf: (name: string) => StoredValues): FluxTable[] {
  // Flux's scanner takes the backslash after a dollar with it, so that the quote that was escaped ends the text
  if (text.includes("$\\")) throw invalid("compilation failed");
  const [from = "", ...stages] = text.split(/\s*\|> /);
  const [, bucket] = match(from, `^from\\(bucket: (${TEXT})\\)$`);
  const [, start = "", stop = ""] = match(stages.shift() ?? "", "^range\\(start: (\\S+), stop: (\\S+)\\)$");
  const bounds = { start: nanos(start), stop: nanos(stop) };
  if (bounds.start >= bounds.stop) throw invalid("cannot query an empty range");
  const held = bucketOf(unquote(bucket ?? ""));
  const filters: ((value: WrittenValue) => boolean)[] = [];
  while (stages[0]?.startsWith("filter(") === true) filters.push(predicate(stages.shift() ?? ""));
  const found = held.select(bounds.start, bounds.stop, (value) => filters.every((holds) => holds(value)));
  return reshape(found, stages, bounds);
}

function reshape(found: Series[], stages: readonly string[], bounds: { start: bigint; stop: bigint }): FluxTable[] {
  const [stage = "", ...rest] = stages;
  if (stage.startsWith("aggregateWindow(")) return reshape(aggregateWindow(found, stage, bounds), rest, bounds);
  if (stage === "first()" || stage === "last()")
    return reshape(
      found.map((series) => edge(series, stage)),
      rest,
      bounds,
    );
  if (stage === 'group(columns: ["_time", "_field"])' && rest.join() === "sum()") return sums(found);
  if (stage === "keys()" && rest.join() === 'keep(columns: ["_value"]),distinct()') return names(found.flatMap(keysOf), []);
  if (stage.startsWith("keep(") && rest[0] === "group()") {
    const [, column = ""] = match(rest[1] ?? "", `^distinct\\(column: (${TEXT})\\)$`);
    return names(
      found.flatMap((series) => textOf(series, unquote(column)) ?? []),
      rest.slice(2),
    );
  }
  if (stage.startsWith("keep(") && rest.length === 0) {
    const kept = [...stage.matchAll(new RegExp(TEXT, "g"))].map(([name]) => unquote(name));
    return inOrder(found, ({ field, tags }) => [field, ...tags.map(([, value]) => value)]).map((series) => toTable(series, bounds, kept));
  }
  if (stage !== "") throw invalid(`this double does not know ${stage}`);
  return inOrder(found, ({ field, tags }) => [tags.map(([name, value]) => `,${name}=${value}`).join(""), field]).map((series) =>
    toTable(series, bounds, null),
  );
}

function keysOf({ tags }: Series): string[] {
  return ["_start", "_stop", "_field", "_measurement", ...tags.map(([name]) => name)];
}

function inOrder(all: readonly Series[], key: (series: Series) => string[]): Series[] {
  const keyOf = (series: Series) => key(series).join("\0");
  return [...all].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function toTable(
  { measurement, field, tags, type, values }: Series,
  bounds: { start: bigint; stop: bigint },
  kept: string[] | null,
): FluxTable {
  const column = (name: string, kind: string, group: boolean, of: (time: bigint, value: FluxScalar) => string) => ({
    name,
    type: kind,
    group,
    of,
  });
  const columns = [
    column("_start", "dateTime:RFC3339", true, () => writeTime(bounds.start)),
    column("_stop", "dateTime:RFC3339", true, () => writeTime(bounds.stop)),
    column("_time", "dateTime:RFC3339", false, writeTime),
    column("_value", type, false, (_, value) => (typeof value === "number" ? writeDouble(value) : String(value))),
    column("_field", "string", true, () => field),
    column("_measurement", "string", true, () => measurement),
    ...tags.map(([name, value]) => column(name, "string", true, () => value)),
  ].filter(({ name }) => kept?.includes(name) ?? true);
  return { columns, rows: values.map(([time, value]) => columns.map(({ of }) => of(time, value))) };
}

function sums(counted: readonly Series[]): FluxTable[] {
  const totals = new Map<string, bigint>();
  for (const { field, values } of inOrder(counted, ({ field }) => [field])) {
    for (const [time, value] of values) {
      const key = JSON.stringify([field, writeTime(time)]);
      totals.set(key, (totals.get(key) ?? 0n) + (value as bigint));
    }
  }
  const columns = [
    { name: "_time", type: "dateTime:RFC3339", group: true },
    { name: "_field", type: "string", group: true },
    { name: "_value", type: "long", group: false },
  ];
  return [...totals].map(([key, total]) => {
    const [field, time] = JSON.parse(key) as [string, string];
    return { columns, rows: [[time, field, String(total)]] };
  });
}

function predicate(stage: string): (value: WrittenValue) => boolean {
  const [, body = ""] = match(stage, "^filter\\(fn: \\(r\\) => (.*)\\)$");
  const comparison = new RegExp(`r\\[(${TEXT})\\] == (${TEXT})`, "g");
  const wanted = [...body.matchAll(comparison)].map(([, name = "", value = ""]) => [unquote(name), unquote(value)] as const);
  if (!/^x( or x)*$/.test(body.replace(comparison, "x"))) throw invalid(`this double does not know ${stage}`);
  return (value) => wanted.some(([name, text]) => textOf(value, name) === text);
}

function textOf({ measurement, field, tags }: Pick<WrittenValue, "measurement" | "field" | "tags">, name: string): string | undefined {
  if (name === "_measurement") return measurement;
  return name === "_field" ? field : tags.find(([tag]) => tag === name)?.[1];
}

/** Names in one table, each once. */
function names(all: readonly string[], [limit, ...others]: readonly string[]): FluxTable[] {
  if (others.length > 0) throw invalid(`this double does not know ${others.join()}`);
  const rows = [...new Set(all)].slice(0, limitOf(limit)).map((name) => [name]);
  return [{ columns: [{ name: "_value", type: "string", group: false }], rows }];
}

function limitOf(stage: string | undefined): number {
  return stage === undefined ? Number.POSITIVE_INFINITY : Number(match(stage, "^limit\\(n: (\\d+)\\)$")[1]);
}

function match(text: string, pattern: string): RegExpExecArray {
  const found = new RegExp(pattern, "s").exec(text);
  if (found === null) throw invalid(`this double does not know ${text}`);
  return found;
}

function unquote(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(/\\(x[0-9a-f]{2}|.)/gs, (_, escaped: string) =>
      escaped.length > 1 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : (ESCAPES[escaped] ?? escaped),
    );
}

function nanos(time: string): bigint {
  return BigInt(Date.parse(time)) * 1_000_000n;
}
