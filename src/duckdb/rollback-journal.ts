import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { KpiError } from "../core/errors.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { cannotWrite } from "../files/cannot-write.js";
import { syncFolder, writeDurably } from "../files/write-durably.js";

/** A DuckDB file begins with three headers of 4 KiB: its own and, by turns, those of the last two checkpoints. Then come blocks of one size. */
export const HEADERS = 3 * 4096;

/** A metadata block is cut into so many slots, after 8 bytes for the sum over all of it. */
export const SLOTS = 64;

const CONTENTS = z.object({
  token: z.string(),
  block_size: z.number(),
  blocks: z.array(z.object({ id: z.number(), free: z.array(z.number()) })),
});

/** The first line of a journal; the headers and the blocks follow it, byte by byte. */
export type JournalContents = Readonly<z.output<typeof CONTENTS>>;

export function journalPath(path: string): string {
  return `${path}.journal`;
}

/** What the journal beside a DuckDB file holds; null where there is none. Throws CANNOT_WRITE where it cannot be read. */
export function readJournal(path: string): { readonly contents: JournalContents; readonly bytes: Buffer } | null {
  const journal = journalPath(path);
  if (!existsSync(journal)) return null;
  try {
    const bytes = readFileSync(journal);
    const end = bytes.indexOf("\n");
    return { contents: CONTENTS.parse(JSON.parse(bytes.toString("utf8", 0, end))), bytes: bytes.subarray(end + 1) };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cannotWrite(`read the journal "${journal}"`, thrown);
  }
}

/** Takes the journal away, for good. Throws CANNOT_WRITE. */
export function removeJournal(path: string): void {
  const journal = journalPath(path);
  if (!existsSync(journal)) return;
  try {
    rmSync(journal);
    syncFolder(dirname(journal));
  } catch (thrown) {
    throw cannotWrite(`remove the journal "${journal}"`, thrown);
  }
}

/**
 * Copies what the next checkpoint may write over while it is still needed, before anything is written: a journal as SQLite keeps one.
 *
 * DuckDB's checkpoint writes metadata into the free slots of blocks whose other slots the present header still points to, and each block has one sum
 * over all of it (`MetadataManager::AllocateHandle`, `Flush`). Whoever is killed half-way through such a write leaves a database that does not open.
 *
 * Gives what must be called after the file was let go: to close a file drops the lock that DuckDB holds on it (fcntl). Throws CANNOT_WRITE.
 */
export async function keepJournal({ db, catalog }: OpenWarehouse, path: string): Promise<() => void> {
  const blocks = await db.rows<{ id: number; free: number[]; size: number }>(
    `SELECT block_id AS id, free_list AS free, (SELECT block_size FROM pragma_database_size() WHERE database_name = $1) AS size
      FROM pragma_metadata_info($1) WHERE free_blocks > 0 ORDER BY id`,
    [catalog],
  );
  const size = blocks[0]?.size;
  if (size === undefined) return () => undefined;
  const contents: JournalContents = {
    token: randomBytes(8).toString("hex"),
    block_size: size,
    blocks: blocks.map(({ id, free }) => ({ id, free })),
  };
  const file = openSync(path, "r");
  const letGo = () => closeSync(file);
  try {
    const kept = [readAt(file, 0, HEADERS), ...blocks.map(({ id }) => readAt(file, HEADERS + id * size, size))];
    writeDurably(journalPath(path), Buffer.concat([Buffer.from(`${JSON.stringify(contents)}\n`), ...kept]), fstatSync(file).mode & 0o777);
    return letGo;
  } catch (thrown) {
    letGo();
    throw thrown instanceof KpiError ? thrown : cannotWrite(`keep a journal of the warehouse "${path}"`, thrown);
  }
}

/** So many bytes from a place on, or as many as there are. */
export function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}
