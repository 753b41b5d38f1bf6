import { Feeder } from "../columns/feeder.js";
import type { RowsWriter } from "../columns/rows-writer.js";
import { progressOf } from "../progress.js";
import type { ReadTarget } from "../read-target.js";
import { checkReply } from "./check-reply.js";
import { type Ask, exchange } from "./exchange.js";
import { retry } from "./retry.js";
import type { ServerOptions } from "./server-options.js";

/** Decodes one reply, and says in the end whether it was whole. */
export interface ReplyDecoder {
  decode(bytes: Buffer, from: number, to: number): number;
  /** Throws unless the reply is proven complete; `rest` bytes were never used. */
  prove(rest: number): void;
}

/** A request whose reply is data, its content type, and what decodes it. */
export interface DataAsk {
  readonly ask: Ask;
  readonly type: string | readonly string[];
  decoder(): ReplyDecoder;
}

/** So much of a reply may wait for the bytes that make sense of it. */
const LONGEST_VALUE = 64 * 1024 * 1024;

/** Reads a reply into the writer: all of it or, after the retries, nothing. Throws `SOURCE_*` and `CREDENTIALS_REFUSED`. */
export async function readInto(options: ServerOptions, writer: RowsWriter, data: DataAsk, target: ReadTarget): Promise<void> {
  await retry(options, target.signal, async (until) => {
    await writer.begin();
    try {
      await exchange(options, data.ask, { signal: target.signal, until }, async (reply) => {
        await checkReply(options, reply, data.type);
        await decodeBody(reply.body, writer, data.decoder(), target);
      });
    } catch (thrown) {
      await writer.abandon();
      throw thrown;
    }
  });
}

async function decodeBody(body: AsyncIterable<Buffer>, writer: RowsWriter, decoder: ReplyDecoder, target: ReadTarget): Promise<void> {
  const feeder = new Feeder(writer, (bytes, from, to) => decoder.decode(bytes, from, to));
  const tell = progressOf(target);
  let rest = 0;
  for await (const piece of body) {
    rest = await feeder.feed(piece);
    if (rest > LONGEST_VALUE) throw new RangeError(`a row or a value is longer than ${LONGEST_VALUE} bytes`);
    tell(writer.total);
  }
  decoder.prove(rest);
}
