import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KpiError } from "../../src/core/errors.js";
import type { PointQuery } from "../../src/influx/point-query.js";
import { openReplyGate, type ReplyGate } from "../doubles/reply-gate.js";
import { INFLUX_KINDS } from "../support/influx-servers.js";
import { openClient } from "./support/clients.js";
import { hour, points, type ReadPoints, readPoints } from "./support/read-points.js";
import { ns } from "./support/relation-cases.js";

const RUNS = process.env.KPI_TEST_LONG === "1" ? 5_000 : 200;
const LINES = Array.from({ length: 20 }, (_, row) => `m,k=${"ab"[row % 2]} v=${row}.5,i=${row}i,s="x, \\"${row}\\"" ${ns(row)}`).join("\n");

const QUERIES = [
  points({ prove: "count" }),
  points({ fields: ["v", "i"], aggregate: { every: 3_600_000, functions: ["mean", "last"], plain: false, by: null } }),
];

/** Each reply that a read is made of, and not only that with the points, may be at fault. */
describe.each(INFLUX_KINDS)("a conversation with $name", ({ found, start }) => {
  let server: Awaited<ReturnType<typeof start>>;
  let gate: ReplyGate;
  const whole = new Map<PointQuery, { readonly read: ReadPoints; readonly replies: number }>();
  beforeAll(async () => {
    if (!found) return;
    server = await start("b");
    await server.write("b", LINES);
    gate = await openReplyGate(server.url);
    for (const query of QUERIES) {
      gate.change(({ body }) => ({ body }));
      whole.set(query, { read: await read(query), replies: gate.replies });
    }
  });
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  async function read(query: PointQuery): Promise<ReadPoints> {
    await using client = await openClient({ url: gate.url, org: "o", token: "secret", retries: 0 });
    return await readPoints(client, query, hour("2026-01-01T10:00:00Z"));
  }

  const ended = (query: PointQuery) => read(query).catch((error: unknown) => error);
  const query = fc.constantFrom(...QUERIES);
  const part = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

  it.skipIf(!found)("is whole, or fails, where one of its replies is cut and ends well", { timeout: 3_600_000 }, async () => {
    expect([...whole.values()].map(({ read: { rows } }) => rows.length)).toEqual([20, 2]);
    await fc.assert(
      fc.asyncProperty(query, part, part, async (asked, which, length) => {
        const good = whole.get(asked);
        const cut = Math.floor((good?.replies ?? 0) * which);
        gate.change(({ number, body }) => ({ body: number === cut ? body.subarray(0, Math.floor(body.length * length)) : body }));
        const result = await ended(asked);
        if (result instanceof Error) expect(result).toBeInstanceOf(KpiError);
        else expect(result).toEqual(good?.read);
      }),
      { numRuns: RUNS },
    );
  });

  it.skipIf(!found)("ends with a KpiError, where it ends, when bytes of its replies are others", { timeout: 3_600_000 }, async () => {
    const damage = fc.record({ reply: fc.nat(10), at: part, byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(query, fc.array(damage, { minLength: 1, maxLength: 3 }), async (asked, damages) => {
        gate.change(({ number, body }) => {
          const bytes = Buffer.from(body);
          for (const { reply, at, byte } of damages) if (reply === number && bytes.length > 0) bytes[Math.floor(bytes.length * at)] = byte;
          return { body: bytes };
        });
        const result = await ended(asked);
        if (result instanceof Error) expect(result).toBeInstanceOf(KpiError);
      }),
      { numRuns: RUNS },
    );
  });
});
