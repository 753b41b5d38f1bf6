import { stat } from "node:fs/promises";
import { KpiError } from "../../core/errors.js";
import { acceptParsed } from "./accept-parsed.js";
import type { FileEntry } from "./file-entry.js";
import type { LineFile } from "./list-files.js";
import type { ParseAhead } from "./parse-ahead.js";
import type { PointSink } from "./point-sink.js";
import { type LinePlace, TOP } from "./read-file.js";

/** What was taken of a file from its first line on. */
export interface PartsTaken {
  /** What its parts hold. */
  readonly entries: readonly FileEntry[];
  /** Where the first line begins that must be read here; null where there is none. */
  readonly rest: LinePlace | null;
}

/** The error for a file that is another one all of a sudden: what was read of both belongs to neither. */
function replaced({ name, path }: LineFile): KpiError {
  return new KpiError("SOURCE_UNREACHABLE", `Cannot read "${name}": it was replaced while it was read`, { place: { file: path } });
}

/** Takes the points of a file's parts that were parsed elsewhere, up to one that could not be. Throws `SOURCE_UNREACHABLE`. */
export async function takeParts(file: LineFile, ahead: Pick<ParseAhead, "parts">, sink: PointSink): Promise<PartsTaken> {
  const entries: FileEntry[] = [];
  let rest = TOP;
  let inode: number | null = null;
  for await (const part of ahead.parts(file)) {
    if (part !== null && part.inode !== (inode ?? part.inode)) throw replaced(file);
    if (part === null || part.from !== rest.byte || !(await acceptParsed(part, sink))) {
      if (inode !== null && (await stat(file.path)).ino !== inode) throw replaced(file);
      return { entries, rest };
    }
    entries.push(part.entry);
    rest = { byte: part.to, line: rest.line + part.lines };
    inode = part.inode;
  }
  return { entries, rest: entries.length === 0 ? TOP : null };
}
