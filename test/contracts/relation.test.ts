import { AssertionError } from "node:assert";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AGGREGATE_FUNCTIONS, type PointQuery } from "../../src/influx/point-query.js";
import { writeSample } from "../../src/influx/write-sample.js";
import { expectSame, manyPoints } from "../influx/support/aggregates.js";
import { roughPoints, toLine, type WrittenPoint, withoutReturns } from "../influx/support/arbitrary-points.js";
import { expectHeld, HELD } from "../influx/support/held.js";
import { holdToCase, relation } from "../influx/support/hold-to-case.js";
import { openFolder, type PointsSource } from "../influx/support/open-folder.js";
import { DIALECTS } from "../influx/support/point-sources.js";
import { hour, points, readPoints, temporaryFolder } from "../influx/support/read-points.js";
import { CASES, ns, TEN } from "../influx/support/relation-cases.js";

const HOUR = hour("2026-01-01T10:00:00Z");
const NASTY = `a"b'd$\{e};--`;
const LONG = process.env.KPI_TEST_LONG === "1";
const signal = new AbortController().signal;

describe("the contract of relations", () => {
  it.each(CASES)("is kept by a good source, and broken by one that gets this wrong: $what", async (given) => {
    await using source = await openFolder();
    await holdToCase(source, "good", given);
    const bad = { hold: (bucket: string) => source.hold(bucket, given.spoilt), open: source.open };
    await expect(holdToCase(bad, "bad", given)).rejects.toThrow(AssertionError);
  });
});

describe.each(DIALECTS)("$name", ({ name, start, lacks, returns }) => {
  let source: PointsSource;
  let buckets = 0;
  beforeAll(async () => {
    if (start !== null) source = await start();
  });
  afterAll(async () => source?.[Symbol.asyncDispose]());

  /** The same points from this source and from a folder. */
  async function readBoth(lines: string, query: Partial<PointQuery>, span = HOUR) {
    await using folder = await openFolder();
    return { remote: await read(lines, query, span), local: await read(lines, query, span, folder) };
  }

  async function read(lines: string, query: Partial<PointQuery>, span = HOUR, from = source) {
    const bucket = `b${++buckets}`;
    await from.hold(bucket, lines);
    await using client = await from.open();
    const found = await readPoints(client, points({ ...query, bucket }), span);
    await from.drop?.(bucket);
    return found;
  }

  it.skipIf(start === null).each(CASES.filter(({ what }) => !lacks.includes(what)))("gives the relation that all give: $what", (given) =>
    holdToCase(source, `b${++buckets}`, given),
  );

  it.skipIf(start === null)("says by which way it reads", async () => {
    await source.hold("road", `m v=1 ${ns(0)}`);
    await using client = await source.open();
    expect(await client.explain(points({ bucket: "road" }), HOUR, signal)).toMatch(source.road);
  });

  it.skipIf(start === null)("takes no name and no value for code", async () => {
    const [tag, field] = [`t${NASTY}`, `f${NASTY}`];
    const lines = `${NASTY},${tag}=${NASTY} ${field}=1 ${ns(0)}\n${NASTY},${tag}=other ${field}=2 ${ns(0)}`;
    await source.hold(NASTY, lines);
    await using client = await source.open();
    const query = points({ bucket: NASTY, measurement: NASTY, fields: [field], where: new Map([[tag, [NASTY, "\\", "\n"]]]) });
    const { rows } = await readPoints(client, query, HOUR);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ [tag]: NASTY, [field]: 1 });
  });

  const keepsTypes = lacks.includes("integers and floats in different weeks as doubles");

  if (!keepsTypes)
    it.skipIf(start === null)("says where a field was a number of one kind in one week and of another in the next", async () => {
      const lines = `m v=1i 1767225600000000000\nm v=1.5 ${ns(7 * 86_400_000)}`;
      const weeks = hour("2026-01-01T00:00:00Z", 24 * 9);
      expect((await read(lines, {}, weeks)).warnings).toEqual([expect.stringMatching(/^FIELD_WIDENED .*BIGINT and DOUBLE/)]);
    });

  if (!keepsTypes)
    it.skipIf(start === null)("fails where a field was text in one week and a number in another", async () => {
      const lines = `m v="text" 1767225600000000000\nm v=1.5 ${ns(7 * 86_400_000)}`;
      const weeks = hour("2026-01-01T00:00:00Z", 24 * 9);
      await expect(read(lines, {}, weeks)).rejects.toMatchObject({ code: "SOURCE_TYPE_CONFLICT", exit: 65 });
    });

  it.skipIf(start === null)("tells what it holds", async () => {
    await source.hold("held", HELD);
    await using client = await source.open();
    await expectHeld(client, "held");
  });

  it.skipIf(start === null)("gives the relation that all give: the sample, late points and gaps included", async () => {
    await using folder = await temporaryFolder();
    await writeSample({ folder: folder.path, until: TEN, hours: 8 });
    const names = await readdir(join(folder.path, "sensors"));
    const files = await Promise.all(names.map((name) => readFile(join(folder.path, "sensors", name), "utf8")));
    const query = { measurement: "airSensors", fields: ["co", "temperature", "humidity"] };
    const { remote, local } = await readBoth(files.join("").trimEnd(), query, hour("2026-01-01T02:00:00Z", 3));
    expect(remote.rows.length).toBe(3 * 8 * 360 - 240);
    expect(relation(remote)).toEqual(relation(local));
  });

  // folders are what all others are compared with
  const isFolder = name.includes("folder");

  if (!isFolder)
    it.skipIf(start === null)("gives the relation that all give: any points at all", { timeout: 10_800_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(roughPoints(BigInt(ns(0)), 3_600_000_000_000n), async (rough) => {
          const written = rough.map((point) => (returns === "lost" ? withoutReturns(point) : point));
          fc.pre(!lacks.includes("a tag and a field of the same name") || !shareNames(written));
          const { remote, local } = await readBoth(written.map(toLine).join("\n"), {});
          expect(local.rows.length).toBeGreaterThan(0);
          expect(relation(remote)).toEqual(relation(local));
        }),
        { numRuns: LONG ? 5_000 : 200 },
      );
    });

  it.skipIf(start === null)(
    "gives the aggregates that all give: any points, functions, buckets and tags",
    { timeout: 3_600_000 },
    async () => {
      const functions = fc.uniqueArray(fc.constantFrom(...AGGREGATE_FUNCTIONS), { minLength: 1 });
      const by = fc.constantFrom(null, [], ["k"], ["l", "k"]);
      await fc.assert(
        fc.asyncProperty(manyPoints, functions, by, fc.constantFrom(10, 60), async (lines, fns, tags, minutes) => {
          const aggregate = { every: minutes * 60_000, functions: fns, plain: false, by: tags };
          const { remote, local } = await readBoth(lines, { fields: ["v", "i", "o"], aggregate }, hour("2026-01-01T10:00:00Z", 2));
          expectSame(remote, local);
        }),
        { numRuns: LONG ? 300 : 25 },
      );
    },
  );

  if (!isFolder)
    it.skipIf(start === null)("says which bucket is not there", async () => {
      await using client = await source.open();
      await expect(readPoints(client, points({ bucket: "nosuch" }), HOUR)).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND", exit: 78 });
    });
});

/** Whether a tag and a field have the same name, which a table of InfluxDB 3 cannot hold. */
function shareNames(written: readonly WrittenPoint[]): boolean {
  const fields = new Set(written.flatMap((point) => point.fields.map(([field]) => field)));
  return written.some(({ tags }) => tags.some(([tag]) => fields.has(tag)));
}
