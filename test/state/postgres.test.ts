import { describe, expect, it } from "vitest";
import { holdToPromises } from "./support/hold-to-promises.js";
import { openServerStore } from "./support/server-stores.js";

holdToPromises("postgres", (server) => {
  describe("says what is wrong:", () => {
    const reading = async (change: (url: URL) => void) => {
      const { url, ...place } = await server().place();
      const changed = new URL(String(url));
      change(changed);
      await using store = await openServerStore("postgres", { ...place, url: changed.href });
      return await store.read("p");
    };

    it("a password", async () => {
      const refused = reading((url) => {
        url.password = "wrong-s3cret";
      });
      await expect(refused).rejects.toMatchObject({ code: "CREDENTIALS_REFUSED", message: expect.not.stringContaining("s3cret") });
    });

    it("a database that is not there", async () => {
      const refused = reading((url) => {
        url.pathname = "/elsewhere";
      });
      await expect(refused).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND", exit: 78 });
    });

    it("a server that is not there", { timeout: 20_000 }, async () => {
      const refused = reading((url) => {
        url.port = "1";
      });
      await expect(refused).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE" });
    });
  });

  it("makes its tables in one schema, though many do so at once", async () => {
    const place = await server().place();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openServerStore("postgres", place)));
    await Promise.all(stores.map((store, index) => store.write(`p${index}`, { last_processed_hour: null, first_hour: null }, null, "a")));
    expect(await stores[0]?.list()).toEqual(["p0", "p1", "p2", "p3"]);
    for (const store of stores) await store[Symbol.asyncDispose]();
  });
});
