import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Workspace } from "../../src/core/database.js";
import { KpiError } from "../../src/core/errors.js";
import type { ColumnBatch } from "../../src/core/relation.js";
import { databaseFiles } from "../../src/duckdb/fence.js";
import { openWarehouse } from "../../src/duckdb/open-warehouse.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { toKpiError } from "../../src/duckdb/to-kpi-error.js";
import { WorkspaceMemory } from "../../src/duckdb/workspace-memory.js";
import { removeFolder } from "../support/find-secrets.js";

let folder: string;
let workspace: Workspace;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpi-duckdb-"));
  const fence = { folders: [], files: databaseFiles(join(folder, "data", "kpi.duckdb")) };
  workspace = await openWorkspace({ scratch: join(folder, "scratch"), fence });
});
afterEach(async () => {
  await workspace.close();
  removeFolder(folder);
});

describe("a workspace", () => {
  it("may begin with one thread, and lets heavy work have all of them", async () => {
    const threads = async ({ connect }: Workspace) => {
      await using db = await connect();
      return (await db.rows("SELECT current_setting('threads') AS n"))[0]?.n;
    };
    const usual = await threads(workspace);
    expect(usual).toBeGreaterThan(1);
    const other = await openWorkspace({ scratch: join(folder, "other"), fence: { folders: [], files: [] }, threads: 1 });
    expect(await threads(other)).toBe(1);
    await Promise.all([other.allThreads(), other.allThreads()]);
    expect(await threads(other)).toBe(usual);
    await other.close();
  });

  it("is closed only when the connections that are being made are there, and makes no other", async () => {
    const other = await openWorkspace({ scratch: join(folder, "other"), fence: { folders: [], files: [] } });
    const order: string[] = [];
    const making = Array.from({ length: 20 }, () => other.connect().then(() => order.push("connected")));
    await other.close().then(nextTurn);
    order.push("closed");
    await Promise.all(making);
    expect(order.indexOf("closed")).toBe(20);
    await expect(other.connect()).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

describe("a connection", () => {
  it("gives timestamps as RFC 3339 in UTC with all their digits", async () => {
    await using db = await workspace.connect();
    const [row] = await db.rows(
      "select timestamptz '2026-01-01 10:00:00.000001+01' as a, timestamp '1969-12-31 23:59:59.5' as b, 2::bigint as c, 9007199254740993::bigint as d, [1, 2] as e",
    );
    expect(row).toEqual({ a: "2026-01-01T09:00:00.000001Z", b: "1969-12-31T23:59:59.5Z", c: 2, d: 9007199254740993n, e: [1, 2] });
  });

  it("rolls a transaction back whatever breaks it, also where DuckDB would let it commit", async () => {
    await using db = await workspace.connect();
    await db.run("create table t (x integer)");
    for (const breaking of ["insert into nosuch values (1)", "select cast('a' as integer)", "insert into t values ('b')"])
      await expect(
        db.transaction(async () => {
          await db.run("insert into t values (1)");
          await db.run(breaking);
        }),
      ).rejects.toMatchObject({ code: "STEP_FAILED" });
    await expect(
      db.transaction(async () => {
        await db.run("insert into t values (1)");
        await db.run("select cast('a' as integer)").catch(() => undefined);
      }),
    ).rejects.toMatchObject({ code: "STEP_FAILED" });
    expect(await db.rows("select count(*) as n from t")).toEqual([{ n: 0 }]);
  });

  it("stops a query when its signal is aborted, with the reason given", async () => {
    const controller = new AbortController();
    await using db = await workspace.connect(controller.signal);
    const query = db.run("select count(*) from range(100000000) a, range(100000) b");
    setTimeout(() => controller.abort(new Error("stopped")), 20);
    await expect(query).rejects.toThrow("the run was stopped");
  });

  it("can be lent with a signal that stops what runs on the loan, and nothing after it", async () => {
    await using db = await workspace.connect();
    await db.run("create temp table mine as select 1 as n");
    const controller = new AbortController();
    {
      using lent = db.within(controller.signal);
      expect(await lent.rows("select n from mine")).toEqual([{ n: 1 }]);
      setTimeout(() => controller.abort(new KpiError("STEP_TIMEOUT", "too long")), 20);
      await expect(lent.run("select count(*) from range(100000000) a, range(100000) b")).rejects.toMatchObject({ code: "STEP_TIMEOUT" });
      await expect(lent.rows("select 1")).rejects.toMatchObject({ code: "STEP_TIMEOUT" });
    }
    expect(await db.rows("select n from mine")).toEqual([{ n: 1 }]);
  });

  it("appends batches of every type, with nulls, short and long texts", async () => {
    await using db = await workspace.connect();
    await db.run('create table "a.b" (d double, i bigint, u ubigint, b boolean, t timestamptz, s varchar)');
    const appender = await db.append('memory.main."a.b"', [
      { name: "d", type: "DOUBLE" },
      { name: "i", type: "BIGINT" },
      { name: "u", type: "UBIGINT" },
      { name: "b", type: "BOOLEAN" },
      { name: "t", type: "TIMESTAMPTZ" },
      { name: "s", type: "VARCHAR" },
    ]);
    const dictionary = ["TLM0100", "a sensor with a long name, ñ and 🌡", ""];
    const batch = (valid: Uint8Array | null): ColumnBatch => ({
      rows: 3,
      columns: [
        { type: "DOUBLE", data: Float64Array.of(1.5, -0, 3), valid },
        { type: "BIGINT", data: BigInt64Array.of(1n, -9223372036854775808n, 3n), valid },
        { type: "UBIGINT", data: BigUint64Array.of(1n, 18446744073709551615n, 3n), valid },
        { type: "BOOLEAN", data: Uint8Array.of(1, 0, 1), valid },
        { type: "TIMESTAMPTZ", data: BigInt64Array.of(0n, 1n, -1n), valid },
        { type: "VARCHAR", codes: Uint32Array.of(0, 1, 2), dictionary, valid },
      ],
    });
    appender.append(batch(null));
    appender.append(batch(Uint8Array.of(0b101)));
    dictionary.push("grown later");
    appender.append({
      rows: 1,
      columns: batch(null).columns.map((column) => (column.type === "VARCHAR" ? { ...column, codes: Uint32Array.of(3) } : column)),
    });
    await appender.close();
    expect(await db.rows('select s, u, t from "a.b"')).toEqual([
      { s: "TLM0100", u: 1, t: "1970-01-01T00:00:00Z" },
      { s: "a sensor with a long name, ñ and 🌡", u: 18446744073709551615n, t: "1970-01-01T00:00:00.000001Z" },
      { s: "", u: 3, t: "1969-12-31T23:59:59.999999Z" },
      { s: "TLM0100", u: 1, t: "1970-01-01T00:00:00Z" },
      { s: null, u: null, t: null },
      { s: "", u: 3, t: "1969-12-31T23:59:59.999999Z" },
      { s: "grown later", u: 1, t: "1970-01-01T00:00:00Z" },
    ]);
  });
});

describe("the workspace", () => {
  it("keeps memory flat while a table is filled", async () => {
    await using db = await workspace.connect();
    await db.run("create table t (a bigint, b bigint)");
    const columns = ["a", "b"].map((name) => ({ name, type: "BIGINT" }) as const);
    const appender = await db.append("t", columns);
    const data = new BigInt64Array(2048);
    const rows = 2048 * 5000;
    for (let from = 0; from < rows; from += 2048) {
      data.fill(BigInt(from));
      appender.append({ rows: 2048, columns: columns.map(({ type }) => ({ type, data, valid: null })) });
    }
    await appender.close();
    const [used] = await db.rows<{ bytes: number }>("select sum(memory_usage_bytes)::bigint as bytes from duckdb_memory()");
    expect(used?.bytes).toBeLessThan(rows * 16 * 0.75);
    expect(await db.rows("select count(*) as n, max(b) as last from t")).toEqual([{ n: rows, last: rows - 2048 }]);
  });

  it("takes more memory for a statement that cannot do without", async () => {
    await using db = await workspace.connect();
    const [row] = await db.rows("select len(list(range)) as n from range(12000000)");
    expect(row).toEqual({ n: 12_000_000 });
  });

  it("allows more from now on where it is told to, and never less", async () => {
    const set: string[] = [];
    const memory = new WorkspaceMemory(async (limit) => set.push(limit));
    await memory.raise(WorkspaceMemory.first * 3);
    await memory.raise(WorkspaceMemory.first);
    expect(memory.allowed).toBe(WorkspaceMemory.first * 3);
    expect(set).toEqual(Array(2).fill(`${WorkspaceMemory.first * 3}MiB`));
  });

  it("lets a statement that ran short begin again where the limit was changed meanwhile", async () => {
    const set: string[] = [];
    const memory = new WorkspaceMemory(async (limit) => set.push(limit));
    const first = memory.allowed;
    await memory.all(async () => {
      const all = memory.allowed;
      expect(await memory.grow(first)).toBe(true);
      expect(await memory.grow(all)).toBe(false);
      expect(set).toEqual([`${all}MiB`]);
    });
    expect(await memory.grow(first)).toBe(true);
    expect(memory.allowed).toBe(first * 2);
  });

  it("says that the disk is full", () => {
    const text = "Out of Memory Error: failed to offload data block. This limit was set by the 'max_temp_directory_size' setting.";
    expect(toKpiError(new Error(text))).toMatchObject({ code: "CANNOT_WRITE", hint: expect.stringContaining("disk space") as string });
  });

  it("takes a Parquet file that is corrupt for no warehouse", () => {
    const text = "Invalid Error: Parquet file is likely corrupted, missing dictionary";
    expect(toKpiError(new Error(text))).toMatchObject({ code: "STEP_FAILED", message: text });
    expect(toKpiError(new Error("Corrupt database file: a block does not match its checksum"))).toMatchObject({
      code: "WAREHOUSE_INVALID",
    });
  });

  it("says where its folder could not be made", async () => {
    writeFileSync(join(folder, "file"), "");
    const scratch = join(folder, "file", "scratch");
    await expect(openWorkspace({ scratch, fence: { folders: [], files: [] } })).rejects.toMatchObject({ code: "CANNOT_WRITE" });
  });
});

describe("the fence", () => {
  it("keeps SQL inside the run's own folder and the warehouse", async () => {
    await using db = await workspace.connect();
    writeFileSync(join(folder, "secret.csv"), "a\n1\n");
    writeFileSync(join(folder, "scratch", "mine.csv"), "a\n1\n");
    for (const attempt of [
      `select * from read_csv('${folder}/secret.csv')`,
      `select * from read_csv('${folder}/scratch/../secret.csv')`,
      `copy (select 1) to '${folder}/out.csv'`,
      `attach '${folder}/other.duckdb' as other`,
      "set enable_external_access = true",
      "install httpfs",
    ])
      await expect(db.run(attempt), attempt).rejects.toThrow();
    expect(await db.rows(`select a from read_csv('${folder}/scratch/mine.csv')`)).toEqual([{ a: 1 }]);
  });

  it("still lets the workspace be kept", async () => {
    await using db = await workspace.connect();
    await db.run("create schema s1");
    await db.run("create table s1.co as select 1 as x");
    await db.run("create schema large");
    await db.run("create table large.b as from range(1000)");
    await db.run("create view c as from large.b limit 2");
    await workspace.keep(join(folder, "scratch", "workspace.duckdb"), "large");
    await db.run(`attach '${folder}/scratch/workspace.duckdb' as kept (read_only)`);
    expect(
      await db.rows(
        "select table_schema || '.' || table_name as name from information_schema.tables where table_catalog = 'kept' order by 1",
      ),
    ).toEqual([{ name: "main.c" }, { name: "s1.co" }]);
    expect(await db.rows("select count(*) as n from kept.c")).toEqual([{ n: 2 }]);
  });
});

describe("the warehouse", () => {
  const open = (wait = 0) => openWarehouse({ workspace, path: join(folder, "data", "kpi.duckdb"), wait });

  it("is nothing to read before something was published", async () => {
    expect(await open().read(async () => 1)).toBeNull();
  });

  it("publishes what commits, nothing of what fails, and lets go in between", async () => {
    const warehouse = open();
    await warehouse.publish(async ({ db }) => void (await db.run("create table warehouse.t as select 1 as x")));
    const failing = warehouse.publish(async ({ db }) => {
      await db.run("insert into warehouse.t values (2)");
      throw new Error("half-way");
    });
    await expect(failing).rejects.toThrow("half-way");
    expect(await warehouse.read(({ db }) => db.rows("select x from warehouse.t"))).toEqual([{ x: 1 }]);
  });

  it("says what is at its path when that is no database", async () => {
    const warehouse = open();
    await warehouse.publish(async () => undefined);
    writeFileSync(join(folder, "data", "kpi.duckdb"), "not a database at all, just some text that is long enough");
    await expect(warehouse.read(async () => 1)).rejects.toMatchObject({ code: "WAREHOUSE_INVALID" });
  });
});
