import { Feeder } from "../../../src/influx/columns/feeder.js";
import type { PointWriter } from "../../../src/influx/columns/point-writer.js";
import { CsvDecoder } from "../../../src/influx/flux/csv-decoder.js";
import { PointRows } from "../../../src/influx/flux/point-rows.js";
import { MsgpackDecoder } from "../../../src/influx/influxql/msgpack-decoder.js";
import { JsonLinesDecoder } from "../../../src/influx/sql/json-lines-decoder.js";
import { memoryWriter, type Row, splitAt } from "./memory-table.js";

/** What a decoder made of a reply. */
export interface Decoded {
  readonly rows: Row[];
  readonly complete: boolean;
  readonly error: string | null;
}

interface Decoder {
  decode(bytes: Buffer, from: number, to: number): number;
  verdict(rest: number): { readonly complete: boolean; readonly error: string | null };
}

async function decode(body: Buffer, at: number, open: (writer: PointWriter) => Decoder): Promise<Decoded> {
  const { writer, rows } = memoryWriter();
  await writer.reshape();
  const decoder = open(writer);
  const feeder = new Feeder(writer, (bytes, from, to) => decoder.decode(bytes, from, to));
  let rest = 0;
  for (const piece of splitAt(body, at)) rest = await feeder.feed(piece);
  return { rows: await rows(), ...decoder.verdict(rest) };
}

/** Decodes chunked msgpack; columns named in `tags` are tags. */
export function decodeMsgpack(body: Buffer, tags: readonly string[], at = 0): Promise<Decoded> {
  const open = (writer: PointWriter) =>
    new MsgpackDecoder(writer, ({ columns }) =>
      columns.map((name, index) => (index === 0 ? null : { role: tags.includes(name) ? "tag" : "field", name })),
    );
  return decode(body, at, open);
}

/** Decodes lines of JSON: fields f0 (DOUBLE), f1 (BIGINT), f2 (BOOLEAN) and tag g0. Nothing marks their end. */
export function decodeJsonLines(body: Buffer, at = 0): Promise<Decoded> {
  return decode(body, at, (writer) => {
    const fields = (["DOUBLE", "BIGINT", "BOOLEAN"] as const).map(
      (type, index) => [`f${index}`, writer.need("field", type, type)] as const,
    );
    const decoder = new JsonLinesDecoder(writer, new Map([...fields, ["g0", writer.need("tag", "g", "VARCHAR")]]));
    return {
      decode: (bytes, from, to) => (writer.changed ? from : decoder.decode(bytes, from, to)),
      verdict: (rest) => ({ complete: rest === 0, error: null }),
    };
  });
}

/** Decodes annotated CSV. */
export function decodeCsv(body: Buffer, at = 0): Promise<Decoded> {
  return decode(body, at, (writer) => new CsvDecoder(writer, new PointRows(writer)));
}
