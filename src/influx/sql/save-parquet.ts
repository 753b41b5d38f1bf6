import { open } from "node:fs/promises";
import { KpiError } from "../../core/errors.js";
import { checkReply, truncated } from "../server/check-reply.js";
import { exchange } from "../server/exchange.js";
import { retry } from "../server/retry.js";
import type { ServerOptions } from "../server/server-options.js";
import { sqlRequest } from "./sql-ask.js";

const PARQUET = "application/vnd.apache.parquet";
const MAGIC = "PAR1";
/** The length of the footer's text, and the magic after it. */
const TAIL = 8;

/**
 * Saves a query's reply as a Parquet file, whose footer proves that it is whole; false where the query gives no row at all: there is no file then.
 *
 * Throws `SOURCE_*`, `CREDENTIALS_REFUSED`, `CANNOT_WRITE`.
 */
export async function saveParquet(
  options: ServerOptions,
  { database, text, path }: { readonly database: string; readonly text: string; readonly path: string },
  signal: AbortSignal,
): Promise<boolean> {
  return retry(options, signal, async (until) => {
    const size = await exchange(options, sqlRequest(database, text, "parquet"), { signal, until }, async (reply) => {
      await checkReply(options, reply, PARQUET);
      return save(options, reply.body, path);
    });
    if (size > 0) return true;
    await requireNoRows(options, sqlRequest(database, text, "json"), { signal, until });
    return false;
  });
}

async function save(options: ServerOptions, body: AsyncIterable<Buffer>, path: string): Promise<number> {
  const file = await open(path, "w").catch((thrown: unknown) => {
    throw cannotWrite(path, thrown);
  });
  try {
    let size = 0;
    let head = Buffer.alloc(0);
    let tail = Buffer.alloc(0);
    for await (const piece of body) {
      if (head.length < MAGIC.length) head = Buffer.concat([head, piece]).subarray(0, MAGIC.length);
      tail = Buffer.concat([tail, piece.subarray(-TAIL)]).subarray(-TAIL);
      size += piece.length;
      await file.appendFile(piece).catch((thrown: unknown) => {
        throw cannotWrite(path, thrown);
      });
    }
    if (size > 0) prove(options, head.toString("latin1"), tail, size);
    return size;
  } finally {
    await file.close();
  }
}

function prove(options: ServerOptions, head: string, tail: Buffer, size: number): void {
  if (!MAGIC.startsWith(head)) throw new RangeError(`its reply begins with "${head}" and is no Parquet file`);
  const ended = size >= MAGIC.length + TAIL && tail.toString("latin1", TAIL - MAGIC.length) === MAGIC;
  if (!ended || tail.readUInt32LE(0) + MAGIC.length + TAIL > size) throw truncated(options);
}

/** A reply without a row is an empty body, which proves nothing; as JSON it is an empty list. Throws `SOURCE_TRUNCATED` where it is not. */
async function requireNoRows(
  options: ServerOptions,
  ask: ReturnType<typeof sqlRequest>,
  limits: { readonly signal: AbortSignal; readonly until: number },
): Promise<void> {
  await exchange(options, ask, limits, async (reply) => {
    await checkReply(options, reply, "application/json");
    let start = "";
    for await (const piece of reply.body) if (start.length < 3) start += piece.toString("latin1", 0, 3);
    if (start.trim() !== "[]") throw truncated(options);
  });
}

function cannotWrite(path: string, thrown: unknown): KpiError {
  const state = (thrown as NodeJS.ErrnoException).code === "ENOSPC" ? "the disk is full" : (thrown as Error).message;
  return new KpiError("CANNOT_WRITE", `Cannot write "${path}": ${state}`, { cause: thrown });
}
