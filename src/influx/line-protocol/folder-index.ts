import type { FileEntry } from "./file-entry.js";
import { type EntryLayout, KeptFiles } from "./kept-files.js";

/** What is known of the files of a folder from earlier runs. */
export type FolderIndex = KeptFiles<FileEntry>;

const LAYOUT: EntryLayout<FileEntry> = {
  version: 5,
  width: 3,
  own: ({ times, plain }) => [times?.[0] ?? null, times?.[1] ?? null, plain],
  shared: ({ measurements }) => measurements,
  entry: ({ size, mtime }, [from, to, plain], row, measurements) => {
    const times = from?.[row] === null ? null : [from?.[row], to?.[row]];
    return { size, mtime, times, plain: plain?.[row], measurements } as FileEntry;
  },
};

/** Opens the index of a bucket's files in a folder, kept in the folder `cache`. */
export function openFolderIndex(cache: string, folder: string, bucket: string): Promise<FolderIndex> {
  return KeptFiles.open(cache, "line-protocol", [folder, bucket], LAYOUT);
}
