import type { FileEntry } from "./file-entry.js";
import { KeptFiles } from "./kept-files.js";

/** What is known of the files of a folder from earlier runs. */
export type FolderIndex = KeptFiles<FileEntry>;

/** Opens the index of a bucket's files in a folder, kept in the folder `cache`. */
export function openFolderIndex(cache: string, folder: string, bucket: string): Promise<FolderIndex> {
  return KeptFiles.open(cache, "line-protocol", 3, [folder, bucket], "measurements");
}
