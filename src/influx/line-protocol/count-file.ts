import type { CountContext } from "../../core/node.js";
import { timestampLiteral } from "../../core/sql.js";
import type { Instant } from "../../core/time.js";
import { PointWriter, type Segment } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import { isNumber } from "../columns/type-conflict.js";
import type { PointQuery } from "../point-query.js";
import type { FileFacts } from "./file-facts.js";
import { BUCKET, type BucketCounts, type LineCounts } from "./line-counts.js";
import type { LineFile } from "./list-files.js";
import { PointSink } from "./point-sink.js";
import { readFile } from "./read-file.js";

type Context = Pick<CountContext, "db" | "append" | "signal" | "span">;

/** Reads the whole of a file and counts its lines from the span's start on. Throws what `readFile` throws. */
export async function countFile(
  file: LineFile,
  query: PointQuery,
  { db, append, signal, span: { start } }: Context,
): Promise<{ readonly facts: FileFacts; readonly lines: LineCounts }> {
  const writer = new PointWriter(append, toTimeRange({ start, end: Number.MAX_SAFE_INTEGER }));
  await writer.begin();
  const facts = await readFile(file, new PointSink(writer, query), signal).catch(async (thrown: unknown) => {
    await writer.abandon();
    throw thrown;
  });
  const parts: BucketCounts[] = [];
  for (const segment of await writer.close()) {
    const fields = fieldsOf(segment, writer);
    if (fields.length > 0) parts.push(toCounts(fields, await db.rows<Row>(bucketsSql(segment, fields, start))));
  }
  return { facts, lines: { size: file.size, mtime: file.mtime, from: start, parts } };
}

type Row = { bucket: number; counts: number[]; sums: (number | null)[] };

interface Field {
  readonly name: string;
  readonly column: string;
  readonly summed: boolean;
}

function fieldsOf({ columns }: Segment, { slots }: PointWriter): Field[] {
  return columns.flatMap(({ slot, type }) => {
    const { role, name } = slots[slot] ?? { role: "tag", name: "" };
    return role === "field" ? [{ name, column: `c${slot}`, summed: isNumber(type) }] : [];
  });
}

function bucketsSql({ table }: Segment, fields: readonly Field[], start: Instant): string {
  const counts = fields.map(({ column }) => `count(${column})`).join(", ");
  const sums = fields.map(({ column, summed }) => (summed ? `sum(${column}::DOUBLE)` : "NULL::DOUBLE")).join(", ");
  const bucket = `epoch_ms(time) // ${BUCKET} AS bucket`;
  return `SELECT ${bucket}, [${counts}] AS counts, [${sums}] AS sums FROM ${table} WHERE time >= ${timestampLiteral(start)} GROUP BY 1`;
}

function toCounts(fields: readonly Field[], rows: readonly Row[]): BucketCounts {
  const columns = fields.map(({ name }, index) => {
    const counts = rows.map((row) => row.counts[index] ?? 0);
    return [name, [counts, rows.map(({ sums }) => sums[index] ?? null)]] as const;
  });
  return { buckets: rows.map(({ bucket }) => bucket), fields: Object.fromEntries(columns) };
}
