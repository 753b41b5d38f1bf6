import { describe, expect, it } from "vitest";
import { loadPackage } from "../../src/state/lib/load-package.js";

describe("a package that does not come along", () => {
  it("is loaded where it is installed", () => {
    expect(loadPackage<typeof import("pg")>("pg", "postgres").Client).toBeTypeOf("function");
  });

  it("is asked for by name where it is not installed", () => {
    expect(() => loadPackage("pg-not-here", "postgres")).toThrow(
      expect.objectContaining({
        code: "DEPENDENCY_MISSING",
        exit: 78,
        message: 'Cannot open the state store "postgres": the package "pg-not-here" is not installed',
        hint: "npm install pg-not-here",
      }),
    );
  });

  it("is not said to be missing where something else went wrong in it", () => {
    const broken = Object.assign(new Error("Cannot find module 'pg-types'"), { code: "MODULE_NOT_FOUND" });
    const load = () => {
      throw broken;
    };
    expect(() => loadPackage("pg", "postgres", load)).toThrow(broken);
  });
});
