import fs, { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StateStore } from "../../src/core/state-store.js";
import { removeLockFile, takeLockFile } from "../../src/files/lock-file.js";
import { openFileStore } from "../state/support/open-stores.js";
import { removeFolder } from "../support/find-secrets.js";

let project: string;
let path: string;
let store: StateStore;
beforeEach(async () => {
  project = mkdtempSync(join(tmpdir(), "kpi-state-"));
  path = join(project, "state", "p.lock");
  store = await openFileStore(project);
  mkdirSync(join(project, "state"));
});
afterEach(() => removeFolder(project));

const take = (owner = "run 2", ttl = 60_000) => store.lock("p", { owner, ttl });
const holder = () => JSON.parse(readFileSync(path, "utf8"));

/** Leaves the lock of a holder like this process but for `changes`, touched so many ms ago. */
async function leave(changes: Record<string, unknown>, ago = 0): Promise<void> {
  const lock = await take("run 1");
  const content = { ...holder(), ...changes };
  await lock.release();
  writeFileSync(path, JSON.stringify(content));
  touch(ago);
}

function touch(ago: number): void {
  const time = new Date(Date.now() - ago);
  utimesSync(path, time, time);
}

describe("a lock file", () => {
  it("says who holds it: owner, host, process and its start, since when, for how long", async () => {
    const lock = await take();
    expect(holder()).toEqual({
      owner: "run 2",
      host: expect.any(String),
      machine: expect.any(String),
      pid: process.pid,
      started: process.platform === "linux" ? expect.stringMatching(/^\d+$/) : null,
      token: expect.stringMatching(/^[0-9a-f]{16}$/),
      since: expect.stringMatching(/Z$/),
      ttl: 60_000,
    });
    await lock.release();
    expect(readdirSync(join(project, "state"))).toEqual([]);
  });

  it("of a process that is gone is replaced at once", async () => {
    await leave({ pid: 2 ** 22 + 1 });
    await (await take()).release();
  });

  it.runIf(process.platform === "linux")("of a process whose id was given again is replaced at once", async () => {
    await leave({ started: "1" });
    await (await take()).release();
  });

  it("of another machine is replaced only when it has expired", async () => {
    await leave({ machine: "another", pid: 2 ** 22 + 1 }, 59_000);
    await expect(take()).rejects.toMatchObject({
      code: "LOCKED",
      message: expect.stringMatching(/^Cannot lock "p": run 1 holds it since \d{4}-/),
    });
    touch(61_000);
    await (await take()).release();
  });

  it.each(["", "{", '{"owner":"run 1"}'])("that cannot be read (%j) is somebody's for a moment, then nobody's", async (content) => {
    writeFileSync(path, content);
    await expect(take()).rejects.toMatchObject({ code: "LOCKED" });
    touch(6_000);
    await (await take()).release();
  });

  it("of a dead holder is left to the one living process that has begun to remove it", async () => {
    await leave({ pid: 2 ** 22 + 1 });
    const right = `${path}.${holder().token}`;
    const taking = takeLockFile(right, "run 3", null);
    await expect(take()).rejects.toMatchObject({ code: "LOCKED", message: expect.stringContaining("run 3") });
    expect(removeLockFile(path, holder().token, "run 2")).toMatchObject({ owner: "run 3" });
    expect(holder().owner).toBe("run 1");
    if (taking.taken) removeLockFile(right, taking.token, "run 3");
    await (await take()).release();
  });

  it("that somebody else has made in the meantime is not removed for the one that was seen", async () => {
    const lock = await take("run 1");
    expect(removeLockFile(path, "0123456789abcdef", "run 2")).toBeNull();
    expect(holder().owner).toBe("run 1");
    await lock.release();
  });

  it("is not there before it is whole: who dies while writing it keeps nobody out", async () => {
    const { writeFileSync: write } = fs;
    fs.writeFileSync = (file) => {
      write(file, "{");
      throw Object.assign(new Error("dead"), { code: "EIO" });
    };
    syncBuiltinESMExports();
    try {
      await expect(take()).rejects.toMatchObject({ code: "CANNOT_WRITE" });
    } finally {
      fs.writeFileSync = write;
      syncBuiltinESMExports();
    }
    expect(readdirSync(join(project, "state"))).toEqual([]);
    await (await take()).release();
  });

  it("is made in its place where the file system has no hard links", async () => {
    const { linkSync } = fs;
    fs.linkSync = () => {
      throw Object.assign(new Error("no links"), { code: "EPERM" });
    };
    syncBuiltinESMExports();
    try {
      const lock = await take();
      await expect(take("run 3")).rejects.toMatchObject({ code: "LOCKED" });
      await lock.release();
    } finally {
      fs.linkSync = linkSync;
      syncBuiltinESMExports();
    }
    expect(readdirSync(join(project, "state"))).toEqual([]);
  });

  it("cannot be made where a link leads nowhere", async () => {
    symlinkSync(join(project, "nowhere"), path);
    await expect(take()).rejects.toMatchObject({ code: "CANNOT_WRITE", message: expect.stringContaining("neither read nor replaced") });
  });

  it("is renewed by being touched, and its holder learns when it is removed or taken", async () => {
    const lock = await take("run 1", 60);
    touch(60_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lock.lost.aborted).toBe(false);
    rmSync(path);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lock.lost.reason).toMatchObject({ code: "LOCKED", message: 'Cannot keep the lock of "p": it was removed' });
  });

  it("that could not be renewed in time is lost", async () => {
    const lock = await take("run 1", 60);
    rmSync(path);
    mkdirSync(path);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(lock.lost.reason).toMatchObject({ message: 'Cannot keep the lock of "p": it could not be renewed in time' });
  });
});
