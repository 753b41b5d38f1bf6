import type { Window } from "../../core/window.js";
import type { FieldType } from "../point-query.js";
import type { FileFacts } from "./file-facts.js";
import { KINDS } from "./file-schema.js";
import type { LineFile } from "./list-files.js";

/** What a file holds, as far as it must be known to leave it unread: times in milliseconds, tags and field types by measurement. */
export interface FileEntry {
  readonly size: number;
  readonly mtime: number;
  /** The time before which, and that from which, it holds no point. Null: it may hold points of any time. */
  readonly times: readonly [from: number, to: number] | null;
  /** Every line of it is whole and none holds text: each point is a line, and its last word its time. */
  readonly plain: boolean;
  readonly measurements: Readonly<
    Record<string, { readonly tags: readonly string[]; readonly fields: Readonly<Record<string, readonly FieldType[]>> }>
  >;
}

/** Whether a file can hold points of the window. */
export function overlaps({ times }: FileEntry, window: Window | null): boolean {
  if (times === null || window === null) return true;
  return times[0] < window.end && times[1] > window.start;
}

/** Whether only the lines within the window need to be looked at: the file is sound, and holds others too. */
export function needsFilter(known: FileEntry | undefined, window: Window | null): boolean {
  if (known?.plain !== true || window === null) return false;
  return known.times === null || known.times[0] < window.start || known.times[1] > window.end;
}

/** The millisecond of a time in microseconds. */
function milliseconds(micros: Int32Array): number {
  const time = BigInt(micros[1] as number) * 4_294_967_296n + BigInt((micros[0] as number) >>> 0);
  return Number((time - (((time % 1000n) + 1000n) % 1000n)) / 1000n);
}

function times(facts: FileFacts): FileEntry["times"] {
  const { first, last, points, broken, unread } = facts;
  if (unread) return null;
  // a file whose every line is broken may hold anything; one without lines holds nothing
  if (points === 0) return broken === null ? [0, 0] : null;
  return [milliseconds(first), milliseconds(last) + 1];
}

/** What was learnt by reading the whole of a file, as it is remembered. */
export function toFileEntry(file: LineFile, facts: FileFacts): FileEntry {
  const measurements = [...facts.measurements.values()].map((info) => {
    const fields = [...info.fields.values()].map(
      ({ name, kinds }) => [name, KINDS.filter((_, bit) => (kinds & (1 << bit)) !== 0)] as const,
    );
    return [info.name, { tags: [...info.tags], fields: Object.fromEntries(fields.filter(([, types]) => types.length > 0)) }] as const;
  });
  const texts = measurements.some(([, { fields }]) => Object.values(fields).some((types) => types.includes("VARCHAR")));
  const plain = facts.broken === null && !facts.unread && !texts;
  return { size: file.size, mtime: file.mtime, times: times(facts), plain, measurements: Object.fromEntries(measurements) };
}

function span(a: FileEntry["times"], b: FileEntry["times"]): FileEntry["times"] {
  if (a === null || b === null) return null;
  const [first, second] = [a, b].filter(([from, to]) => from < to);
  return first === undefined || second === undefined ? (first ?? a) : [Math.min(first[0], second[0]), Math.max(first[1], second[1])];
}

/** What a file holds that consists of these, one at least. */
export function mergeEntries(entries: readonly FileEntry[]): FileEntry {
  return entries.reduce(merge);
}

function merge(a: FileEntry, b: FileEntry): FileEntry {
  const measurements = { ...a.measurements };
  for (const [name, { tags, fields }] of Object.entries(b.measurements)) {
    const { tags: others, fields: types } = measurements[name] ?? { tags: [], fields: {} };
    const merged = { ...types };
    for (const [field, met] of Object.entries(fields))
      merged[field] = KINDS.filter((kind) => met.includes(kind) || types[field]?.includes(kind) === true);
    measurements[name] = { tags: [...new Set([...others, ...tags])], fields: merged };
  }
  return { ...a, times: span(a.times, b.times), plain: a.plain && b.plain, measurements };
}
