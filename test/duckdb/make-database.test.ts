import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Workspace } from "../../src/core/database.js";
import { makeDatabase } from "../../src/duckdb/make-database.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { removeFolder } from "../support/find-secrets.js";

let folder: string;
let path: string;
let workspaces: Workspace[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpi-make-"));
  path = join(folder, "data", "kpi.duckdb");
  const open = (name: string) => openWorkspace({ scratch: join(folder, name), fence: { folders: [], files: [] } });
  workspaces = await Promise.all(["one", "two", "three"].map(open));
});
afterEach(async () => {
  await Promise.all(workspaces.map((workspace) => workspace.close()));
  removeFolder(folder);
});

describe("a new database", () => {
  it("is whole when it is there, readable as the umask says, with nothing beside it", async () => {
    await Promise.all(workspaces.map((workspace) => makeDatabase(workspace, path)));
    expect(readdirSync(join(folder, "data"))).toEqual(["kpi.duckdb"]);
    expect(readFileSync(path)).toHaveLength(12_288);
    expect(statSync(path).mode & 0o777).toBe(0o666 & ~process.umask());
    expect(readFileSync(path).toString("latin1", 8, 12)).toBe("DUCK");
  });

  it("is not made over what is there", async () => {
    const [workspace] = workspaces as [Workspace];
    await makeDatabase(workspace, path);
    writeFileSync(path, "something else");
    await makeDatabase(workspace, path);
    expect(readFileSync(path, "utf8")).toBe("something else");
  });

  it("can be made again by the same workspace where it was taken away", async () => {
    const [workspace] = workspaces as [Workspace];
    await makeDatabase(workspace, path);
    removeFolder(join(folder, "data"));
    await makeDatabase(workspace, path);
    expect(existsSync(path)).toBe(true);
  });

  it("says where it cannot be made", async () => {
    writeFileSync(join(folder, "data"), "a file in place of the folder");
    const [workspace] = workspaces as [Workspace];
    await expect(makeDatabase(workspace, path)).rejects.toMatchObject({ code: "CANNOT_WRITE", message: expect.stringContaining(path) });
  });
});
