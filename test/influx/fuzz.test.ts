import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KpiError } from "../../src/core/errors.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { reply, startDouble } from "../doubles/influx-double.js";
import { openClient, writeFiles } from "./support/clients.js";
import { type Decoded, decodeCsv, decodeJsonLines, decodeMsgpack } from "./support/decode-reply.js";
import { recordedBody } from "./support/fixture.js";
import { hour, points, readPoints, temporaryFolder } from "./support/read-points.js";

const RUNS = process.env.KPI_TEST_LONG === "1" ? 5_000 : 200;

/** Bytes of a reply of which some were changed, taken out or put in. */
function damaged(body: Buffer): fc.Arbitrary<Buffer> {
  const damage = fc.record({ at: fc.nat(body.length - 1), remove: fc.nat(3), insert: fc.uint8Array({ maxLength: 3 }) });
  return fc
    .array(damage, { minLength: 1, maxLength: 4 })
    .map((damages) =>
      damages.reduce((bytes, { at, remove, insert }) => Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]), body),
    );
}

/**
 * Only bytes that are no reply (`RangeError`, `SyntaxError`) or a `KpiError` may come out of a decoder; what it takes for whole has as many rows, where
 * they are given. Two stray quotes can make one of two lines of CSV: there, and where lines are all there is, a count of the server's own decides.
 */
async function endsWell(decoding: Promise<Decoded>, rows?: number): Promise<void> {
  const ended = await decoding.catch((error: unknown) => error);
  if (!(ended instanceof Error)) {
    const { complete, error, rows: read } = ended as Decoded;
    if (complete && error === null && rows !== undefined) expect(read).toHaveLength(rows);
  } else if (!(ended instanceof KpiError)) expect([RangeError, SyntaxError]).toContain(ended.constructor);
}

/** Three rows as a server could send them. */
async function parquet(): Promise<Buffer> {
  await using folder = await temporaryFolder();
  const workspace = await openWorkspace({ scratch: folder.path, fence: { folders: [], files: [] } });
  await using db = await workspace.connect();
  const rows = "SELECT TIMESTAMP_NS '2026-01-01 10:00:00' AS time, range * 1.5 AS v, 'x' || range AS s FROM range(3)";
  await db.run(`COPY (${rows}) TO '${folder.path}/a.parquet' (FORMAT parquet)`);
  return await readFile(`${folder.path}/a.parquet`);
}

describe("damaged bytes", () => {
  it("never break the decoder of msgpack", async () => {
    const body = await recordedBody("iql_types_msgpack");
    const { rows } = await decodeMsgpack(body, ["k"]);
    await fc.assert(
      fc.asyncProperty(damaged(body), fc.nat(body.length), (bytes, at) => endsWell(decodeMsgpack(bytes, ["k"], at), rows.length)),
      { numRuns: RUNS },
    );
  });

  it("never break the decoder of CSV", async () => {
    const body = await recordedBody("flux_ints");
    await fc.assert(
      fc.asyncProperty(damaged(body), fc.nat(body.length), (bytes, at) => endsWell(decodeCsv(bytes, at))),
      { numRuns: RUNS },
    );
  });

  it("never break the decoder of lines of JSON", async () => {
    const body = Buffer.from(
      '{"t":1767261600000000123,"f0":1.5,"f1":-7,"f2":true,"g0":"a\\n\\"b\\u00e9"}\n{"t":1767261601000000000}\n'.repeat(3),
    );
    await fc.assert(
      fc.asyncProperty(damaged(body), fc.nat(body.length), (bytes, at) => endsWell(decodeJsonLines(bytes, at))),
      { numRuns: RUNS },
    );
  });

  it("never break the reading of a Parquet file", async () => {
    const body = await parquet();
    let sent = body;
    await using double = await startDouble((socket) => socket.write(reply("200 OK", "application/vnd.apache.parquet", sent)));
    await using client = await openClient({ url: double.url, version: 3, retries: 0 });
    const read = () => readPoints(client, { kind: "sql", bucket: "b", text: "SELECT 1" }, hour("2026-01-01T10:00:00Z"));
    expect((await read()).rows).toHaveLength(3);
    await fc.assert(
      fc.asyncProperty(damaged(body), async (bytes) => {
        sent = bytes;
        const ended = await read().catch((error: unknown) => error);
        if (ended instanceof Error) expect(ended).toMatchObject({ code: expect.stringMatching(/^SOURCE_(TRUNCATED|MALFORMED)$/) });
      }),
      { numRuns: RUNS / 4 },
    );
  });

  it("never make a compressed file one with other points", async () => {
    await using folder = await temporaryFolder();
    const packed = gzipSync(
      Array.from({ length: 50 }, (_, row) => `m v=${Math.sin(row)} ${1767261600000000000n + BigInt(row)}\n`).join(""),
    );
    const read = async (bytes: Buffer) => {
      await writeFiles(folder.path, { "a.lp.gz": bytes });
      await using client = await openClient({ url: `file:${folder.path}` }, folder.path);
      return await readPoints(client, points(), hour("2026-01-01T10:00:00Z"));
    };
    const whole = await read(packed);
    await fc.assert(
      fc.asyncProperty(damaged(packed), async (bytes) => {
        const ended = await read(bytes).catch((error: unknown) => error);
        if (ended instanceof Error) expect(ended).toBeInstanceOf(KpiError);
        else expect(ended).toEqual(whole);
      }),
      { numRuns: RUNS / 4 },
    );
  });

  it("never break the reading of a folder", async () => {
    await using folder = await temporaryFolder();
    const text = Buffer.from('m,k=a\\ b f=1.5,i=-7i,b=true,s="x\\"y" 1767261600000000123\nm f=2,s="" 1767261600000000124\n'.repeat(3));
    await fc.assert(
      fc.asyncProperty(damaged(text), async (bytes) => {
        await writeFiles(folder.path, { "a.lp": bytes });
        await using client = await openClient({ url: `file:${folder.path}` }, folder.path);
        const thrown = await readPoints(client, points(), hour("2026-01-01T10:00:00Z")).catch((error: unknown) => error);
        if (thrown instanceof Error) expect(thrown).toBeInstanceOf(KpiError);
      }),
      { numRuns: RUNS / 2 },
    );
  });
});
