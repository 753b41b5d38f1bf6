import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openMemoryStore } from "./support/open-stores.js";

const VALUE = { last_processed_hour: null, first_hour: null };

describe("the state in memory", () => {
  it("is one for a project within the process, and another for another project", async () => {
    const project = randomUUID();
    await (await openMemoryStore(project)).write("p", VALUE, null, "run 1");
    expect((await (await openMemoryStore(project)).read("p"))?.updated_by).toBe("run 1");
    expect(await (await openMemoryStore(randomUUID())).read("p")).toBeNull();
  });
});
