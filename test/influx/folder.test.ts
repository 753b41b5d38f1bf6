import { readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { PointQuery } from "../../src/influx/point-query.js";
import { openClient, writeFiles } from "./support/clients.js";
import { hour, points, type ReadPoints, readPoints, temporaryFolder } from "./support/read-points.js";

const TEN = BigInt(Date.parse("2026-01-01T10:00:00Z")) * 1_000_000n;
const ELEVEN = TEN + 3_600_000_000_000n;

async function read(folder: string, query: Partial<PointQuery> = {}, start = "2026-01-01T10:00:00Z"): Promise<ReadPoints> {
  await using client = await openClient({ url: `file:${folder}` }, folder);
  return await readPoints(client, points(query), hour(start));
}

async function readFiles(files: Readonly<Record<string, string | Buffer>>, query: Partial<PointQuery> = {}): Promise<ReadPoints> {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, files);
  return await read(folder.path, query);
}

/** Makes files old enough to be remembered: what was changed just now may change again unseen. */
async function age(folder: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) await utimes(join(folder, name), 1_700_000_000, 1_700_000_000);
}

describe("a folder of line protocol", () => {
  it("reads the bucket's own folder where there is one, at any depth, plain and gzip", async () => {
    const files = {
      "b/1/a.lp": `m v=1 ${TEN}\n`,
      "b/b.lp.gz": gzipSync(`m v=2 ${TEN + 1n}\n`),
      "other/c.lp": `m v=3 ${TEN + 2n}\n`,
      "b/notes.txt": "m v=4 1",
    };
    expect((await readFiles(files)).rows.map(({ v }) => v)).toEqual([1, 2]);
  });

  it("reads everything where there is no folder of the bucket's name", async () => {
    expect((await readFiles({ "x/a.lp": `m v=1 ${TEN}`, "c.lp": `m v=2 ${TEN + 1n}` })).rows.map(({ v }) => v)).toEqual([1, 2]);
  });

  it("stays inside the folder whatever the bucket is called", async () => {
    await using outer = await temporaryFolder();
    await writeFiles(outer.path, { "secret/a.lp": `m v=1 ${TEN}\n`, "inner/a.lp": `m v=2 ${TEN}\n` });
    expect((await read(join(outer.path, "inner"), { bucket: "../secret" })).rows.map(({ v }) => v)).toEqual([2]);
  });

  it("lets the line read last win, field by field, in order of file name", async () => {
    const { rows } = await readFiles({ "b.lp": `m a=3,c=4 ${TEN}\n`, "a.lp": `m a=1,b=2 ${TEN}\nm a=5 ${TEN + 1n}\n` });
    expect(rows).toMatchObject([
      { a: 3, b: 2, c: 4 },
      { a: 5, b: null, c: null },
    ]);
  });

  it("puts points together that an export wrote field by field", async () => {
    const lines = ["co", "temperature"].flatMap((field, value) => [0n, 1n, 2n].map((offset) => `m,k=a ${field}=${value} ${TEN + offset}`));
    expect((await readFiles({ "a.lp": lines.join("\n") })).rows).toHaveLength(3);
  });

  it.each([
    {
      // every series and field by itself, what lies in the log coming behind, though it may be there already
      what: "influx_inspect export",
      lines: [
        "# INFLUXDB EXPORT: 1677-09-21T00:12:43Z - 2262-04-11T23:47:16Z",
        "# DDL",
        "CREATE DATABASE b WITH NAME autogen",
        "# DML",
        "# CONTEXT-DATABASE:b",
        "# CONTEXT-RETENTION-POLICY:autogen",
        "# writing tsm data",
        `cpu\\ load,host=a\\,b busy=0.5 ${TEN}`,
        `cpu\\ load,host=a\\,b busy=0.75 ${TEN + 1n}`,
        `cpu\\ load,host=a\\,b n=1i ${TEN}`,
        `cpu\\ load,host=a\\,b note="x, \\"y\\" # z" ${TEN}`,
        "# writing wal data",
        `cpu\\ load,host=a\\,b n=2i ${TEN + 1n}`,
        `cpu\\ load,host=a\\,b busy=0.75 ${TEN + 1n}`,
      ],
    },
    {
      what: "influxd inspect export-lp",
      lines: [
        `cpu\\ load,host=a\\,b busy=0.5 ${TEN}`,
        `cpu\\ load,host=a\\,b busy=0.75 ${TEN + 1n}`,
        `cpu\\ load,host=a\\,b n=1i ${TEN}`,
        `cpu\\ load,host=a\\,b n=2i ${TEN + 1n}`,
        `cpu\\ load,host=a\\,b note="x, \\"y\\" # z" ${TEN}`,
        `cpu\\ load,host=a\\,b busy=0.75 ${TEN + 1n}`,
      ],
    },
    {
      // a line a point, written again where an output was not reached the first time
      what: "Telegraf's file output",
      lines: [
        `cpu\\ load,host=a\\,b busy=0.5,n=1i,note="x, \\"y\\" # z" ${TEN}`,
        `cpu\\ load,host=a\\,b busy=0.75,n=2i ${TEN + 1n}`,
        `mem,host=a\\,b used=17179869184u ${TEN}`,
        `cpu\\ load,host=a\\,b busy=0.75,n=2i ${TEN + 1n}`,
      ],
    },
  ])("reads what comes of $what", async ({ lines }) => {
    const packed = gzipSync(`${lines.join("\n")}\n`);
    for (const files of [{ "a.lp": `${lines.join("\n")}\n` }, { "a.lp.gz": packed }]) {
      const { rows } = await readFiles(files, { measurement: "cpu load" });
      expect(rows).toMatchObject([
        { host: "a,b", busy: 0.5, n: 1, note: 'x, "y" # z', time_ns: TEN },
        { host: "a,b", busy: 0.75, n: 2, note: null, time_ns: TEN + 1n },
      ]);
    }
  });

  it("passes over the comments and definitions of influx_inspect export", async () => {
    const text = `# INFLUXDB EXPORT: 1677 - 2262\n# DDL\nCREATE DATABASE b WITH NAME autogen\n# DML\n# CONTEXT-DATABASE:b\n# CONTEXT-RETENTION-POLICY:autogen\nm v=1 ${TEN}\n`;
    expect((await readFiles({ "a.lp": text })).rows).toHaveLength(1);
  });

  it("makes every declared field a column, though nothing came", async () => {
    const { columns, types, counted, warnings } = await readFiles(
      { "a.lp": `m v=1i ${ELEVEN}\n` },
      { fields: ["w", "v"], types: new Map([["w", "BOOLEAN"]]) },
    );
    expect(columns).toEqual(["time", "time_ns", "w", "v"]);
    expect(types).toEqual(["TIMESTAMP WITH TIME ZONE", "BIGINT", "BOOLEAN", "BIGINT"]);
    expect(counted).toEqual(["w", "v"]);
    expect(warnings).toEqual(['UNKNOWN_FIELD "m" has no field "w": it has v']);
  });

  it("names columns so that DuckDB tells them apart", async () => {
    const { columns, warnings } = await readFiles({ "a.lp": `m,v=t,Tag=a,tag=b,time_ns=c v=1,X=2,x=3,window_start=4 ${TEN}\n` });
    expect(columns).toEqual(["time", "time_ns", "Tag", "tag_2", "time_ns_2", "v_tag", "X", "v", "window_start_2", "x_2"]);
    expect(warnings).toHaveLength(5);
  });

  it("gives a field that has been integer and float the type DOUBLE in every hour", async () => {
    const files = { "a.lp": `m v=1i ${TEN}\n`, "b.lp": `m v=1.5 ${ELEVEN}\n` };
    const { types, rows, warnings } = await readFiles(files);
    expect(warnings).toEqual(['FIELD_WIDENED "m" has had field "v" as BIGINT and DOUBLE: it is read as DOUBLE']);
    expect((await readFiles(files, { types: new Map([["v", "DOUBLE"]]) })).warnings).toEqual([]);
    expect(types.at(-1)).toBe("DOUBLE");
    expect(rows).toHaveLength(1);
  });

  it("throws SOURCE_TYPE_CONFLICT for a field that has been text and number", async () => {
    await expect(readFiles({ "a.lp": `m v=1i ${TEN}\n`, "b.lp": `m v="x" ${ELEVEN}\n` })).rejects.toMatchObject({
      code: "SOURCE_TYPE_CONFLICT",
      exit: 65,
    });
  });

  it("reads the hours of a declared type from a field that has been text and number", async () => {
    const files = { "a.lp": `m v=1i ${TEN}\n`, "b.lp": `m v="x" ${ELEVEN}\n` };
    const { types, rows } = await readFiles(files, { types: new Map([["v", "BIGINT"]]) });
    expect({ type: types.at(-1), rows: rows.length }).toEqual({ type: "BIGINT", rows: 1 });
  });

  it("throws SOURCE_TYPE_CONFLICT for values that do not fit the declared type", async () => {
    const types = new Map([["v", "BIGINT"]] as const);
    await expect(readFiles({ "a.lp": `m v=1.5 ${TEN}\n` }, { types })).rejects.toMatchObject({ code: "SOURCE_TYPE_CONFLICT" });
  });

  it("throws SOURCE_NOT_FOUND for a folder that is not there, or holds no such file", async () => {
    await expect(read("/nowhere/at/all")).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND", exit: 78 });
    await expect(readFiles({ "a.txt": "" })).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
  });

  it("throws SOURCE_REFUSED for a query in a server's language", async () => {
    await using folder = await temporaryFolder();
    await using client = await openClient({ url: `file:${folder.path}` }, folder.path);
    await expect(readPoints(client, { kind: "flux", bucket: "b", text: "x" }, hour("2026-01-01T10:00:00Z"))).rejects.toMatchObject({
      code: "SOURCE_REFUSED",
    });
  });

  it("ends with the signal's own reason when it is aborted", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "a.lp": `m v=1 ${TEN}\n` });
    await using client = await openClient({ url: `file:${folder.path}` }, folder.path);
    const reason = new Error("stopped");
    await expect(readPoints(client, points(), hour("2026-01-01T10:00:00Z"), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe("a broken file", () => {
  it("fails the hours it can hold, with file and line", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "a.lp": `m v=1 ${TEN}\nm v=oops ${TEN + 1n}\nm v=3 ${TEN + 2n}\n`, "b.lp": `m v=4 ${ELEVEN}\n` });
    const place = { file: join(folder.path, "a.lp"), line: 2 };
    await expect(read(folder.path)).rejects.toMatchObject({ code: "SOURCE_MALFORMED", exit: 65, place });
    expect((await read(folder.path, {}, "2026-01-01T11:00:00Z")).rows.map(({ v }) => v)).toEqual([4]);
  });

  it("fails every hour when none of its lines can be read", async () => {
    await expect(readFiles({ "a.lp": `m v=1 ${ELEVEN}\n`, "b.lp": "no line at all" })).rejects.toMatchObject({ code: "SOURCE_MALFORMED" });
  });

  it("fails with SOURCE_TRUNCATED where its compressed data breaks off", async () => {
    const whole = gzipSync(Array.from({ length: 500 }, (_, row) => `m v=${Math.sin(row)} ${TEN + BigInt(row)}\n`).join(""));
    await expect(readFiles({ "a.lp.gz": whole.subarray(0, whole.length - 4) })).rejects.toMatchObject({ code: "SOURCE_TRUNCATED" });
    await expect(readFiles({ "a.lp.gz": whole.subarray(0, whole.length / 2) })).rejects.toMatchObject({ code: "SOURCE_TRUNCATED" });
  });

  it("fails with SOURCE_MALFORMED where it is not compressed at all", async () => {
    await expect(readFiles({ "a.lp.gz": `m v=1 ${TEN}\n` })).rejects.toMatchObject({ code: "SOURCE_MALFORMED" });
  });
});

describe("the index of a folder", () => {
  it("leaves files unread that cannot hold the hour, and reads those again that were changed", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "a.lp": `m v=1 ${TEN}\n`, "b.lp": `m v=2 ${ELEVEN}\n` });
    await age(folder.path, "a.lp", "b.lp");
    expect((await read(folder.path)).rows).toHaveLength(1);

    const { size } = await stat(join(folder.path, "b.lp"));
    await writeFile(join(folder.path, "b.lp"), "x".repeat(size));
    await age(folder.path, "b.lp");
    expect((await read(folder.path)).rows).toHaveLength(1);
    await expect(read(folder.path, {}, "2026-01-01T11:00:00Z")).rejects.toMatchObject({ code: "SOURCE_MALFORMED" });

    await writeFile(join(folder.path, "b.lp"), `m v=3 ${TEN + 5n}\n`);
    expect((await read(folder.path)).rows.map(({ v }) => v)).toEqual([1, 3]);
  });

  it("does without an index that is broken", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "a.lp": `m v=1 ${TEN}\n` });
    await age(folder.path, "a.lp");
    await read(folder.path);
    const cache = join(folder.path, ".kpi/cache");
    const [name = ""] = await import("node:fs/promises").then(({ readdir }) => readdir(cache));
    expect(JSON.parse(await readFile(join(cache, name), "utf8"))).toMatchObject({ version: 5 });
    await writeFile(join(cache, name), "{");
    expect((await read(folder.path)).rows).toHaveLength(1);
  });
});
