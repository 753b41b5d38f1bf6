import { readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CountContext, SourceTally } from "../../src/core/node.js";
import { quoteIdentifier } from "../../src/core/sql.js";
import { FluxSource } from "../../src/influx/flux/flux-source.js";
import type { InfluxClient } from "../../src/influx/influx-client.js";
import type { PointQuery } from "../../src/influx/point-query.js";
import { findInfluxd, type InfluxServer, startInfluxdb } from "../servers/influxdb.js";
import { openTestWorkspace } from "../support/open-test-workspace.js";
import { openClient, writeFiles } from "./support/clients.js";
import { hour, points, readPoints, temporaryFolder } from "./support/read-points.js";

const influxd = findInfluxd();
const START = "2026-01-01T22:00:00Z";
const TEN = Date.parse(START);
const HOUR = 3_600_000;
const span = hour(START, 4);
const ns = (offset: number) => `${BigInt(TEN + offset) * 1_000_000n}`;
const query = points({ fields: ["v", "i", "s"] });

async function count(client: InfluxClient, asked: PointQuery, { sums = false, exact = false } = {}): Promise<SourceTally> {
  await using workspace = await openTestWorkspace();
  await using db = await workspace.connect();
  let tables = 0;
  const append: CountContext["append"] = async (columns) => {
    const table = quoteIdentifier(`t${++tables}`);
    await db.run(`CREATE TABLE ${table} (${columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ")})`);
    const appender = await db.append(table, columns);
    return { table, append: (batch) => appender.append(batch), close: () => appender.close() };
  };
  const files = { project: "/", scratch: "/" };
  const tally = await client.count(asked, {
    ...{ db, append, connection: client, signal: new AbortController().signal, files, span, sums, exact },
  });
  if (tally === null) throw new Error("not counted");
  return tally;
}

/** Counts by hour from the first on, each with its sum. */
const table = ({ windows }: SourceTally, field: string) =>
  span.windows.map(({ start }) => {
    const { count: values, sum } = windows.get(start)?.[field] ?? { count: -1, sum: null };
    return sum === null ? [values] : [values, sum];
  });

async function withFolder(files: Record<string, string>, work: (client: InfluxClient, folder: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, files);
  await using client = await openClient({ url: `file:${folder.path}` }, folder.path);
  await work(client, folder.path);
}

const LINES = [`m,k=a v=1,i=2i,s="x" ${ns(0)}`, `m,k=b v=2 ${ns(1)}`, `m,k=a v=4,i=3i ${ns(HOUR)}`, `m v=8 ${ns(4 * HOUR - 1)}`];

describe("a folder's count", () => {
  it("is of each field in each hour, over all files, with sums of numbers where they are asked for", async () => {
    await withFolder({ "b/a.lp": `${LINES.slice(0, 3).join("\n")}\n`, "b/b.lp": `${LINES[3]}\n` }, async (client) => {
      const tally = await count(client, query, { sums: true });
      expect(table(tally, "v")).toEqual([[2, 3], [1, 4], [0], [1, 8]]);
      expect(table(tally, "i")).toEqual([[1, 2], [1, 3], [0], [0]]);
      expect(table(tally, "s")).toEqual([[1], [0], [0], [0]]);
      const where = points({ fields: ["v"], where: new Map([["k", ["a"]]]) });
      expect(table(await count(client, where), "v").map(([values]) => values)).toEqual([1, 1, 0, 0]);
    });
  });

  it("is of lines, and of points where it has to be exact", async () => {
    await withFolder({ "b/a.lp": `${LINES[0]}\n`, "b/b.lp": `${LINES[0]}\n` }, async (client) => {
      expect(await count(client, query)).toMatchObject({ method: "lines" });
      expect(table(await count(client, query), "i")[0]?.[0]).toBe(2);
      expect(table(await count(client, query, { exact: true }), "i")[0]?.[0]).toBe(1);
    });
  });

  it("does not read files again that have not changed, and reads those that have", async () => {
    await withFolder({ "b/a.lp": `m v=1 ${ns(0)}\n` }, async (client, folder) => {
      const path = join(folder, "b/a.lp");
      const long = new Date("2026-01-02T00:00:00Z");
      await utimes(path, long, long);
      expect(table(await count(client, query), "v")[0]?.[0]).toBe(1);
      const { size } = await stat(path);
      await writeFile(path, "#".repeat(size));
      await utimes(path, long, long);
      expect(table(await count(client, query), "v")[0]?.[0]).toBe(1);
      await writeFile(path, `m v=1 ${ns(0)}\nm v=1 ${ns(1)}\n`);
      expect(table(await count(client, query), "v")[0]?.[0]).toBe(2);
      expect(await readFile(path, "utf8")).toContain("m v=1");
    });
  });

  it("is kept with what is read where points are there twice, for the reading counts them once", async () => {
    await withFolder({ "b/a.lp": `${LINES[0]}\n`, "b/b.lp": `${LINES[0]}\n` }, async (client) => {
      expect((await readPoints(client, query, span)).rows).toHaveLength(1);
      expect(table(await count(client, points({ fields: ["v"] })), "v")[0]?.[0]).toBe(2);
    });
  });

  it("names the file and the line that it cannot read", async () => {
    await withFolder({ "b/a.lp": `m v= ${ns(0)}\n` }, async (client) => {
      await expect(count(client, query)).rejects.toMatchObject({ code: "SOURCE_MALFORMED", place: { line: 1 } });
    });
  });
});

describe("a count by Flux", () => {
  it("says that it has no sums", async () => {
    const source = new FluxSource({ name: "influx" } as never, "2.7.1");
    const asked = source.count(query, ["v"], span, new AbortController().signal, true);
    await expect(asked).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});

describe.skipIf(influxd === null)("a count by InfluxQL", () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await startInfluxdb(influxd ?? "");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("is that of a folder with the same points, whatever they are, also over a day's end", { timeout: 60_000 }, async () => {
    let databases = 0;
    const values = fc.array(fc.tuple(fc.nat(5 * HOUR), fc.constantFrom("a", "b"), fc.integer({ min: -9, max: 9 }), fc.boolean()), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(values, async (given) => {
        const name = `d${++databases}`;
        const unique = new Map(
          given.map(([offset, k, v, also]) => [`${offset} ${k}`, `m,k=${k} v=${v}${also ? `,i=${v}i,s="t"` : ""} ${ns(offset)}`]),
        );
        const lines = `${[...unique.values()].join("\n")}\n`;
        await server.execute(`CREATE DATABASE "${name}"`);
        await server.write(name, lines);
        await using remote = await openClient({ url: server.url });
        const inServer = await count(remote, { ...query, bucket: name }, { sums: true });
        expect(inServer.method).toBe("influxql");
        await withFolder({ [`${name}/a.lp`]: lines }, async (client) => {
          const inFolder = await count(client, { ...query, bucket: name }, { sums: true });
          for (const field of ["v", "i", "s"]) {
            const known = unique.size > 0 && lines.includes(`${field}=`);
            if (known) expect(table(inServer, field)).toEqual(table(inFolder, field));
          }
        });
      }),
      { numRuns: 10 },
    );
  });
});
