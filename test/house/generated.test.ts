import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

describe("generated files", () => {
  it("are what `npm run gen` would write", () => {
    const { status, stderr } = spawnSync(process.execPath, ["scripts/generate.mjs", "--check"], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
