import { describe, expect, it } from "vitest";
import { loadPackage } from "../../src/state/lib/load-package.js";

describe("a package that does not come along", () => {
  it("is asked for by name where it is not installed", async () => {
    const name = "pg-not-here";
    const missing = Object.assign(new Error(`Cannot find package '${name}' imported from /kpi/dist/state.js`), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    await expect(loadPackage(name, "postgres", () => Promise.reject(missing))).rejects.toMatchObject({
      code: "DEPENDENCY_MISSING",
      exit: 78,
      message: 'Cannot open the state store "postgres": the package "pg-not-here" is not installed',
      hint: "npm install pg-not-here",
    });
  });

  it("is not said to be missing where something else went wrong in it", async () => {
    const broken = Object.assign(new Error("Cannot find package 'pg-types' imported from pg"), { code: "ERR_MODULE_NOT_FOUND" });
    await expect(loadPackage("pg", "postgres", () => Promise.reject(broken))).rejects.toBe(broken);
  });
});
