import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { cannotWrite } from "../files/cannot-write.js";
import { withGuard } from "../files/with-guard.js";
import { HEADERS, type JournalContents, journalPath, readAt, readJournal, removeJournal, SLOTS } from "./rollback-journal.js";

/**
 * Puts back what a checkpoint that did not end had written over, and takes the journal away; once, whoever else is about to.
 *
 * `token` is that of a journal which was seen before the database could be locked: so who made it lives no more, and nobody has written since, for nobody
 * does beside a journal. Does nothing where it is not the same any more. Throws CANNOT_WRITE.
 */
export function rollBack(path: string, token: string): Promise<void> {
  return withGuard(`${journalPath(path)}.guard`, "kpi", () => {
    const journal = readJournal(path);
    if (journal?.contents.token !== token) return;
    restore(path, journal.contents, journal.bytes);
    removeJournal(path);
  });
}

function restore(path: string, contents: JournalContents, bytes: Buffer): void {
  let file: number | undefined;
  try {
    file = openSync(path, "r+");
    if (!isNeeded(file, contents, bytes)) return;
    for (const { position, kept } of keptBlocks(contents, bytes)) writeSync(file, kept, 0, kept.length, position);
    fsyncSync(file);
  } catch (thrown) {
    // the database was taken away, and what it was with it
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw cannotWrite(`roll back the warehouse "${path}"`, thrown);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Not where a checkpoint has ended since, nor in another database that was put in its place: what its header points to must be as it was. */
function isNeeded(file: number, contents: JournalContents, bytes: Buffer): boolean {
  if (!readAt(file, 0, HEADERS).equals(bytes.subarray(0, HEADERS))) return false;
  return [...keptBlocks(contents, bytes)].every(({ position, kept, free }) => {
    const present = readAt(file, position, kept.length);
    return usedSlots(kept.length, free).every(([from, to]) => present.subarray(from, to).equals(kept.subarray(from, to)));
  });
}

function* keptBlocks({ blocks, block_size: size }: JournalContents, bytes: Buffer) {
  for (const [index, { id, free }] of blocks.entries())
    yield { position: HEADERS + id * size, free, kept: bytes.subarray(HEADERS + index * size, HEADERS + (index + 1) * size) };
}

/** Where the slots lie that are in use: `MetadataManager::GetMetadataBlockSize`. */
function usedSlots(blockSize: number, free: readonly number[]): (readonly [from: number, to: number])[] {
  const length = Math.floor((blockSize - 8) / SLOTS / 8) * 8;
  const used = Array.from({ length: SLOTS }, (_, slot) => slot).filter((slot) => !free.includes(slot));
  return used.map((slot) => [8 + slot * length, 8 + (slot + 1) * length]);
}
