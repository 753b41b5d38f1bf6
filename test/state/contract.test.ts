import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stateStoreContract } from "../contracts/state-store.js";
import { removeFolder } from "../support/find-secrets.js";
import { openFileStore, openMemoryStore } from "./support/open-stores.js";
import { openTestWarehouse } from "./support/open-test-warehouse.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpi-state-"));
});
afterEach(() => removeFolder(folder));

const leftovers = (path: string) =>
  readdirSync(path).filter((name) => !name.endsWith(".json") && !name.startsWith("kpi.duckdb") && name !== "scratch");

describe.each(Object.entries(stateStoreContract))("a state store %s", (_, check) => {
  it("in memory", () => {
    const place = randomUUID();
    return check({ open: () => openMemoryStore(place), ttl: 200 });
  });

  it("in files, and leaves none but states", async () => {
    await check({ open: () => openFileStore(folder), ttl: 200 });
    expect(readdirSync(folder).flatMap((name) => leftovers(join(folder, name)))).toEqual([]);
  });

  it("in the warehouse, and leaves no lock", async () => {
    await using warehouse = await openTestWarehouse(folder);
    await check({ open: () => warehouse.openStore(), ttl: 200 });
    expect(readdirSync(folder).includes("data") ? readdirSync(join(folder, "data")).filter((name) => name.includes("lock")) : []).toEqual(
      [],
    );
  });
});
