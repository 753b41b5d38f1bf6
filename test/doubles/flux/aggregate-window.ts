import { invalid } from "./refusal.js";
import type { FluxScalar, FluxType, Series } from "./stored-values.js";

type Values = Series["values"];

const FORM = /^aggregateWindow\(every: (\d+)ms, (?:offset: (\d+)ms, )?fn: (\w+), timeSrc: "_start", createEmpty: false\)$/;

/** A series' first or last value. */
export function edge(series: Series, which: string): Series {
  return { ...series, values: which === "first()" ? series.values.slice(0, 1) : series.values.slice(-1) };
}

/** One value for each window that has any, at its start. The first window begins no sooner than the range. */
export function aggregateWindow(found: readonly Series[], stage: string, { start }: { readonly start: bigint }): Series[] {
  const [, every = "", offset = "0", fn = ""] = FORM.exec(stage) ?? [];
  if (every === "") throw invalid(`this double does not know ${stage}`);
  const [length, shift] = [BigInt(every) * 1_000_000n, BigInt(offset) * 1_000_000n];
  return found.map((series) => {
    const windows = new Map<bigint, [bigint, FluxScalar][]>();
    for (const value of series.values) {
      const begin = value[0] - ((((value[0] - shift) % length) + length) % length);
      const at = begin < start ? start : begin;
      windows.set(at, [...(windows.get(at) ?? []), [...value]]);
    }
    return { ...series, type: typeOf(fn, series.type), values: [...windows].map(([at, values]) => [at, reduce(fn, values, series.type)]) };
  });
}

function typeOf(fn: string, type: FluxType): FluxType {
  if (fn === "count") return "long";
  return fn === "mean" ? "double" : type;
}

function reduce(fn: string, values: Values, type: FluxType): FluxScalar {
  const plain = values.map(([, value]) => value);
  if (fn === "count") return BigInt(plain.length);
  if (fn === "first") return plain[0] as FluxScalar;
  if (fn === "last") return plain.at(-1) as FluxScalar;
  if (type === "string" || type === "boolean") throw invalid(`unsupported input type for ${fn} aggregate: ${type}`);
  const numbers = plain as (number | bigint)[];
  if (fn === "min" || fn === "max")
    return numbers.reduce((best, number) => ((fn === "min" ? number < best : number > best) ? number : best));
  const sum = numbers.reduce((total, number) => (total as never) + (number as never));
  if (fn === "sum") return sum;
  if (fn === "mean") return Number(sum) / numbers.length;
  throw invalid(`this double does not know fn: ${fn}`);
}
