import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeFolder } from "../support/find-secrets.js";
import { openTestWarehouse } from "./support/open-test-warehouse.js";

const VALUE = { last_processed_hour: "2026-01-01T10:00:00Z", first_hour: null };

let folder: string;
let open: Awaited<ReturnType<typeof openTestWarehouse>>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpi-state-"));
  open = await openTestWarehouse(folder);
});
afterEach(async () => {
  await open[Symbol.asyncDispose]();
  removeFolder(folder);
});

describe("the state in the warehouse", () => {
  it("is written in the publishing transaction, and undone with it", async () => {
    const store = await open.openStore();
    const version = await store.write("p", { ...VALUE, last_processed_hour: null }, null, "run 1");
    const publish = (fails: boolean) =>
      open.warehouse.publish(async ({ db, catalog }) => {
        await store.writeInside?.(db, catalog, "p", VALUE, "run 2");
        if (fails) throw new Error("half-way");
      });
    await expect(publish(true)).rejects.toThrow("half-way");
    expect((await store.read("p"))?.version).toBe(version);
    await publish(false);
    expect(await store.read("p")).toMatchObject({ value: VALUE, version: expect.stringMatching(/^2-/), updated_by: "run 2" });
  });

  it("is written into a warehouse that had none", async () => {
    const store = await open.openStore();
    await open.warehouse.publish(({ db, catalog }) => store.writeInside?.(db, catalog, "p", VALUE, "run 1") ?? Promise.reject());
    expect(await store.list()).toEqual(["p"]);
  });

  it("counts as none where it is corrupt, with a warning, and can be written anew", async () => {
    const warnings: string[] = [];
    const store = await open.openStore({ warn: (code) => warnings.push(code) });
    await store.write("p", VALUE, null, "run 1");
    await open.warehouse.publish(({ db, catalog }) => db.run(`UPDATE ${catalog}._kpi.state SET value = '{"last_processed_hour":7}'`));
    expect(await store.read("p")).toBeNull();
    expect(warnings).toEqual(["STATE_CORRUPT"]);
    await store.write("p", VALUE, null, "run 2");
    expect((await store.read("p"))?.updated_by).toBe("run 2");
  });

  it("has its locks beside the warehouse's file, and none where that is no file", async () => {
    const store = await open.openStore();
    await (await store.lock("p", { owner: "run 1", ttl: 60_000 })).release();
    const elsewhere = await open.openStore({ warehouse: { ...open.warehouse, name: "md:kpi", path: null } });
    await expect(elsewhere.lock("p", { owner: "run 1", ttl: 60_000 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
