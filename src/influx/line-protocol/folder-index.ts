import type { FileEntry } from "./file-entry.js";
import { type EntryLayout, KeptFiles } from "./kept-files.js";

/** What is known of the files of a folder from earlier runs. */
export type FolderIndex = KeptFiles<FileEntry>;

const LAYOUT: EntryLayout<FileEntry> = {
  version: 4,
  own: ({ times, plain }) => [times, plain],
  shared: ({ measurements }) => measurements,
  entry: ({ size, mtime }, [times, plain], measurements) => ({ size, mtime, times, plain, measurements }) as FileEntry,
};

/** Opens the index of a bucket's files in a folder, kept in the folder `cache`. */
export function openFolderIndex(cache: string, folder: string, bucket: string): Promise<FolderIndex> {
  return KeptFiles.open(cache, "line-protocol", [folder, bucket], LAYOUT);
}
