import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KpiError } from "../../src/core/errors.js";
import { openClient, writeFiles } from "./support/clients.js";
import { decodeCsv, decodeMsgpack } from "./support/decode-reply.js";
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

/** Only a `RangeError` (bytes that are no reply) or a `KpiError` may come out of a decoder. */
async function endsWell(decoding: Promise<unknown>): Promise<void> {
  const thrown = await decoding.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown !== null && !(thrown instanceof KpiError)) expect(thrown).toBeInstanceOf(RangeError);
}

describe("damaged bytes", () => {
  it("never break the decoder of msgpack", async () => {
    const body = await recordedBody("iql_types_msgpack");
    await fc.assert(
      fc.asyncProperty(damaged(body), fc.nat(body.length), (bytes, at) => endsWell(decodeMsgpack(bytes, ["k"], at))),
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
