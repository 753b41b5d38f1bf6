import { type FolderIndex, openFolderIndex } from "./folder-index.js";
import { type LineFile, listFiles } from "./list-files.js";

/** A folder of line protocol, and where what is known of it is kept. */
export interface Folder {
  readonly path: string;
  readonly cache: string;
}

/** The files of a bucket as they were at some moment, and what is known of them. */
export interface Listing {
  readonly files: readonly LineFile[];
  readonly index: FolderIndex;
}

/** Lists a bucket's files. Throws what `listFiles` throws. */
export async function listFolder({ path, cache }: Folder, bucket: string): Promise<Listing> {
  return { files: await listFiles(path, bucket), index: await openFolderIndex(cache, path, bucket) };
}
