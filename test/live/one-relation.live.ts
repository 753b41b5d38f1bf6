import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Span } from "../../src/core/window.js";
import { AGGREGATE_FUNCTIONS, type PointQuery } from "../../src/influx/point-query.js";
import { writeSample } from "../../src/influx/write-sample.js";
import { expectSame, manyPoints } from "../influx/support/aggregates.js";
import { roughPoints, toLine, withoutReturns } from "../influx/support/arbitrary-points.js";
import { openClient, writeFiles } from "../influx/support/clients.js";
import { expectHeld, HELD } from "../influx/support/held.js";
import { holdToCase, relation } from "../influx/support/hold-to-case.js";
import { hour, points, readPoints, temporaryFolder } from "../influx/support/read-points.js";
import { CASES, ns, TEN } from "../influx/support/relation-cases.js";
import { openFluxOnly } from "./flux-only.js";
import { type LiveServer, openLiveServer } from "./open-live-server.js";

const server: LiveServer = await openLiveServer(process.env);
const { signal } = new AbortController();
const RUNS = Number(process.env.KPI_LIVE_RUNS ?? 20);
const HOUR = hour("2026-01-01T10:00:00Z");

describe.each(server.major === 1 ? ["InfluxQL"] : ["InfluxQL", "Flux"])(`InfluxDB ${server.version} by %s`, (road) => {
  let settings: Record<string, string> = {};
  let gate: (AsyncDisposable & { readonly url: string }) | null = null;
  beforeAll(async () => {
    if (road === "Flux") gate = await openFluxOnly(server.settings.url ?? "");
    settings = { ...server.settings, ...(gate === null ? {} : { url: gate.url }) };
  });
  afterAll(async () => gate?.[Symbol.asyncDispose]());

  async function readBoth(lines: string, asked: Partial<PointQuery>, span: Span | null) {
    const bucket = await server.makeBucket();
    await server.write(bucket, lines);
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { [`${bucket}/points.lp`]: lines });
    await using remote = await openClient(settings);
    await using local = await openClient({ url: `file:${folder.path}` }, folder.path);
    const query = points({ ...asked, bucket });
    return { remote: await readPoints(remote, query, span), local: await readPoints(local, query, span) };
  }

  it("is the way by which points are read", async () => {
    const bucket = await server.makeBucket();
    await server.write(bucket, `m v=1 ${ns(0)}`);
    await using client = await openClient(settings);
    expect(await client.explain(points({ bucket }), HOUR, signal)).toContain(`${road} on InfluxDB ${server.version}`);
    expect((await client.probe(signal)).version).toBe(server.version);
  });

  it.each(CASES.filter(({ what }) => server.major !== 1 || what !== "integers of 64 bits without a sign"))(
    "gives the relation that files give: $what",
    async (given) => {
      const bucket = await server.makeBucket();
      await holdToCase({ hold: server.write, open: () => openClient(settings) }, bucket, given);
    },
  );

  it("gives the relation that files give: the sample", async () => {
    await using folder = await temporaryFolder();
    await writeSample({ folder: folder.path, until: TEN, hours: 8 });
    const names = await readdir(join(folder.path, "sensors"));
    const files = await Promise.all(names.map((name) => readFile(join(folder.path, "sensors", name), "utf8")));
    const asked = { measurement: "airSensors", fields: ["co", "temperature", "humidity"] };
    const { remote, local } = await readBoth(files.join(""), asked, hour("2026-01-01T02:00:00Z", 3));
    expect(remote.rows).toHaveLength(3 * 8 * 360 - 240);
    expect(relation(remote)).toEqual(relation(local));
  });

  it("gives the relation that files give: any points at all", async () => {
    await fc.assert(
      fc.asyncProperty(roughPoints(BigInt(ns(0)), 3_600_000_000_000n), async (written) => {
        const carried = road === "Flux" ? written.map(withoutReturns) : written;
        const { remote, local } = await readBoth(carried.map(toLine).join("\n"), {}, HOUR);
        expect(relation(remote)).toEqual(relation(local));
      }),
      { numRuns: RUNS },
    );
  });

  it("gives the aggregates that files give: any points, functions, buckets and tags", async () => {
    const functions = fc.uniqueArray(fc.constantFrom(...AGGREGATE_FUNCTIONS), { minLength: 1 });
    const by = fc.constantFrom(null, [], ["k"], ["l", "k"]);
    await fc.assert(
      fc.asyncProperty(manyPoints, functions, by, fc.constantFrom(10, 60), async (lines, fns, tags, minutes) => {
        const aggregate = { every: minutes * 60_000, functions: fns, plain: false, by: tags };
        const { remote, local } = await readBoth(lines, { fields: ["v", "i", "o"], aggregate }, hour("2026-01-01T10:00:00Z", 2));
        expectSame(remote, local);
      }),
      { numRuns: RUNS },
    );
  });

  it("gives no rows for an hour without points, and says which bucket is not there", async () => {
    const bucket = await server.makeBucket();
    await server.write(bucket, `m v=1 ${ns(0)}`);
    await using client = await openClient(settings);
    expect((await readPoints(client, points({ bucket }), hour("2026-01-01T12:00:00Z"))).rows).toEqual([]);
    const missing = readPoints(client, points({ bucket: `${bucket}_no` }), HOUR);
    await expect(missing).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
  });

  it.runIf(server.major === 2)("reads the bucket of the name, not one that is mapped to it for InfluxQL", async () => {
    const [bucket, other] = [await server.makeBucket(), await server.makeBucket()];
    await server.write(bucket, `m v=1 ${ns(0)}`);
    await server.write(other, `m v=2 ${ns(0)}`);
    await server.map(bucket, other);
    await using client = await openClient(settings);
    expect((await readPoints(client, points({ bucket }), HOUR)).rows).toMatchObject([{ v: 1 }]);
    expect(await client.explain(points({ bucket }), HOUR, signal)).toContain(`Flux on InfluxDB ${server.version}`);
  });

  it("tells what it holds", async () => {
    const bucket = await server.makeBucket();
    await server.write(bucket, HELD);
    await using client = await openClient(settings);
    await expectHeld(client, bucket);
  });
});
