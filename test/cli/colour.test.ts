import { describe, expect, it } from "vitest";
import { hasColour, openPaint } from "../../src/cli/colour.js";
import { FakeHost } from "./support/fake-host.js";
import { kpi } from "./support/kpi.js";

function decide(env: NodeJS.ProcessEnv, tty: boolean, flag = true): boolean {
  const host = new FakeHost({ env, tty });
  return hasColour(host, host.stderr, flag);
}

describe("colours", () => {
  it.each([
    ["on a terminal", {}, true, true],
    ["in a file", {}, false, false],
    ["with NO_COLOR", { NO_COLOR: "1" }, true, false],
    ["with an empty NO_COLOR, which says nothing", { NO_COLOR: "" }, true, true],
    ["on a dumb terminal", { TERM: "dumb" }, true, false],
    ["with FORCE_COLOR", { FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
    ["with FORCE_COLOR=0", { FORCE_COLOR: "0" }, true, false],
  ])("%s", (_, env, tty, expected) => {
    expect(decide(env, tty)).toBe(expected);
    expect(decide(env, tty, false)).toBe(false);
  });

  it("are chalk's where they are wanted, else nothing", async () => {
    expect((await openPaint(true)).red("x")).toBe("\u001b[31mx\u001b[39m");
    expect((await openPaint(false)).red("x")).toBe("x");
  });

  it("show in results and errors on a terminal only", async () => {
    const painted = await kpi("plan", {}, { tty: true });
    expect(painted.stdout).toContain("\u001b[1m");
    expect((await kpi("rum", {}, { tty: true })).stderr).toContain("\u001b[31m");
    expect((await kpi("plan --no-color", {}, { tty: true })).stdout).not.toContain("\u001b");
    expect((await kpi("plan")).stdout).not.toContain("\u001b");
  });
});
