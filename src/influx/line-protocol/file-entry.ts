import { toDouble } from "../columns/int64.js";
import type { FieldType } from "../point-query.js";
import { KINDS } from "./file-schema.js";
import type { LineParser } from "./line-parser.js";
import type { LineFile } from "./list-files.js";

/** What a file holds, as far as it must be known to leave it unread: times in milliseconds, tags and field types by measurement. */
export interface FileEntry {
  readonly size: number;
  readonly mtime: string;
  /** The time before which, and that from which, it holds no point. Null: it may hold points of any time. */
  readonly times: readonly [from: number, to: number] | null;
  readonly measurements: Readonly<
    Record<string, { readonly tags: readonly string[]; readonly fields: Readonly<Record<string, readonly FieldType[]>> }>
  >;
}

function times(parser: LineParser): FileEntry["times"] {
  const { first, last, points, broken, unread } = parser;
  if (unread) return null;
  // a file whose every line is broken may hold anything; one without lines holds nothing
  if (points === 0) return broken === null ? [0, 0] : null;
  const from = toDouble(first[1] as number, first[0] as number) / 1000;
  const to = toDouble(last[1] as number, last[0] as number) / 1000;
  return [Math.floor(from) - 1, Math.ceil(to) + 1];
}

/** What a parser has learnt of the whole of a file. */
export function toFileEntry(file: LineFile, parser: LineParser): FileEntry {
  const measurements = [...parser.measurements.values()].map((info) => {
    const fields = [...info.fields.values()].map(
      ({ name, kinds }) => [name, KINDS.filter((_, bit) => (kinds & (1 << bit)) !== 0)] as const,
    );
    return [info.name, { tags: [...info.tags], fields: Object.fromEntries(fields.filter(([, types]) => types.length > 0)) }] as const;
  });
  return { size: file.size, mtime: file.mtime, times: times(parser), measurements: Object.fromEntries(measurements) };
}
