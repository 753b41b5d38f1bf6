import type { Window } from "../../core/window.js";
import type { PointQuery } from "../point-query.js";
import { needsFilter, overlaps } from "./file-entry.js";
import { type FilePart, partsOf, WHOLE } from "./file-part.js";
import type { LineFile } from "./list-files.js";
import type { Listing } from "./listing.js";
import type { ParseJob } from "./parse-part.js";

/** More compressed text than this, in bytes, is unpacked piece by piece. */
const MOST_PACKED = 2 * 1024 * 1024;

function partsWorthParsing(file: LineFile, part: number | undefined): readonly FilePart[] {
  if (file.path.endsWith(".gz")) return file.size < MOST_PACKED ? [WHOLE] : [];
  return partsOf(file, part);
}

/** What can be parsed apart of files to know what they hold of a window (null: of all time), `part` bytes at a time. */
export function parseJobs({ files, index }: Listing, query: PointQuery, window: Window | null, part?: number): ParseJob[] {
  return files.flatMap((file) => {
    const known = index.get(file);
    if (known !== undefined && (!known.plain || !overlaps(known, window))) return [];
    const filter = needsFilter(known, window);
    return partsWorthParsing(file, part).map((one) => ({ file, part: one, query, window, filter }));
  });
}
