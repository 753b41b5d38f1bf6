import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Workspace } from "../../src/core/database.js";
import { databaseFiles } from "../../src/duckdb/fence.js";
import { openWarehouse } from "../../src/duckdb/open-warehouse.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { removeFolder } from "../support/find-secrets.js";

const HEADERS = 12_288;
const BLOCK = 262_144;
const PAGE = 4_096;

let folder: string;
let workspace: Workspace;
let path: string;
let journal: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpi-journal-"));
  path = join(folder, "kpi.duckdb");
  journal = `${path}.journal`;
  workspace = await openWorkspace({ scratch: join(folder, "scratch"), fence: { folders: [], files: databaseFiles(path) } });
});
afterEach(async () => {
  await workspace.close();
  removeFolder(folder);
});

const open = () => openWarehouse({ workspace, path, wait: 0 });
const sums = () => open().read(({ db }) => db.rows("SELECT count(*) AS n, sum(x) AS sum FROM warehouse.t"));
const add = (value: number) =>
  open().publish(async ({ db }) => {
    await db.run("CREATE TABLE IF NOT EXISTS warehouse.t (x INTEGER)");
    await db.run("INSERT INTO warehouse.t VALUES ($1)", [value]);
  });

interface Crash {
  readonly before: Buffer;
  readonly after: Buffer;
  readonly journal: Buffer;
}

/** The file on both sides of a publication that adds 30 to 10 and 20, and the journal in between. */
async function publication(): Promise<Crash> {
  await add(10);
  await add(20);
  const before = readFileSync(path);
  const kept = join(folder, "kept");
  await open().publish(async ({ db }) => {
    await db.run("INSERT INTO warehouse.t VALUES (30)");
    copyFileSync(journal, kept);
  });
  return { before, after: readFileSync(path), journal: readFileSync(kept) };
}

/** As kill -9 leaves it that many pages into the write of the first block. */
function crashed({ before, after, journal: bytes }: Crash, pages: number): void {
  const torn = Buffer.from(before);
  after.copy(torn, HEADERS, HEADERS, HEADERS + pages * PAGE);
  writeFileSync(path, torn);
  writeFileSync(journal, bytes);
}

describe("the journal of a publication", () => {
  it("is kept while a warehouse with something in it is written, as readable as that, and gone afterwards", async () => {
    const isThere = () => open().publish(async () => existsSync(journal));
    expect(await isThere()).toBe(false);
    await add(10);
    expect(await isThere()).toBe(true);
    await open().publish(async () => expect(statSync(journal).mode).toBe(statSync(path).mode));
    expect(readdirSync(folder).sort()).toEqual(["kpi.duckdb", "scratch"]);
  });

  it("is gone where the work fails, too", async () => {
    await add(10);
    const failing = open().publish(async () => {
      throw new Error("half-way");
    });
    await expect(failing).rejects.toThrow("half-way");
    expect(existsSync(journal)).toBe(false);
  });

  it("is written before anything else is: without it nothing is published", async () => {
    await add(10);
    mkdirSync(`${journal}.tmp`);
    await expect(add(20)).rejects.toMatchObject({ code: "CANNOT_WRITE", message: expect.stringContaining("kpi.duckdb.journal") });
    expect(await sums()).toEqual([{ n: 1, sum: 10 }]);
  });
});

describe("a write of metadata that was cut", () => {
  it("makes a database that nobody opens, where there is no journal", async () => {
    crashed(await publication(), 1);
    rmSync(journal);
    await expect(sums()).rejects.toMatchObject({ code: "WAREHOUSE_INVALID", message: expect.stringContaining("checksum") });
    await expect(add(1)).rejects.toMatchObject({ code: "WAREHOUSE_INVALID" });
  });

  it("is rolled back, wherever it was cut, by who reads and by who writes next", async () => {
    const crash = await publication();
    let torn = 0;
    for (let pages = 0; pages <= BLOCK / PAGE; pages += 1) {
      crashed(crash, pages);
      if (!readFileSync(path).equals(crash.before)) torn += 1;
      if (pages % 2 === 0) {
        expect(await sums()).toEqual([{ n: 2, sum: 30 }]);
        expect(readFileSync(path).equals(crash.before)).toBe(true);
      } else {
        await add(40);
        expect(await sums()).toEqual([{ n: 3, sum: 70 }]);
      }
      expect(existsSync(journal)).toBe(false);
    }
    expect(torn).toBeGreaterThan(60);
  });

  it("is rolled back once, by whoever of many comes first", async () => {
    const crash = await publication();
    crashed(crash, 3);
    const others = await Promise.all(
      [1, 2, 3, 4].map(async (other) => {
        const scratch = join(folder, `other-${other}`);
        return openWorkspace({ scratch, fence: { folders: [], files: databaseFiles(path) } });
      }),
    );
    const read = (other: Workspace) =>
      openWarehouse({ workspace: other, path, wait: 5_000 }).read(({ db }) => db.rows("SELECT sum(x) AS sum FROM warehouse.t"));
    expect(await Promise.all(others.map(read))).toEqual(others.map(() => [{ sum: 30 }]));
    await Promise.all(others.map((other) => other.close()));
    expect(existsSync(`${journal}.guard`)).toBe(false);
  });
});

describe("a journal that is not needed", () => {
  it("is dropped where the checkpoint has ended", async () => {
    const crash = await publication();
    writeFileSync(journal, crash.journal);
    expect(await sums()).toEqual([{ n: 3, sum: 60 }]);
    expect(readFileSync(path).equals(crash.after)).toBe(true);
    expect(existsSync(journal)).toBe(false);
  });

  it("is dropped where another database was put in place, though its headers are the same", async () => {
    const crash = await publication();
    rmSync(path);
    await add(1);
    await add(2);
    const other = readFileSync(path);
    expect(other.subarray(0, HEADERS).equals(crash.before.subarray(0, HEADERS))).toBe(true);
    expect(other.equals(crash.before)).toBe(false);
    writeFileSync(journal, crash.journal);
    expect(await sums()).toEqual([{ n: 2, sum: 3 }]);
    expect(readFileSync(path).equals(other)).toBe(true);
    expect(existsSync(journal)).toBe(false);
  });

  it("is dropped where the database was taken away", async () => {
    const crash = await publication();
    rmSync(path);
    writeFileSync(journal, crash.journal);
    await add(5);
    expect(await sums()).toEqual([{ n: 1, sum: 5 }]);
  });

  it("is an error where it cannot be read, and stays", async () => {
    await add(10);
    writeFileSync(journal, "half of a journal");
    await expect(add(20)).rejects.toMatchObject({ message: expect.stringContaining(`read the journal "${journal}"`) });
    expect(existsSync(journal)).toBe(true);
  });
});
