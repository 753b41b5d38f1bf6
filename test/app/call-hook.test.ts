import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { callHook } from "../../src/app/call-hook.js";
import type { Hook, Project } from "../../src/core/pipeline.js";
import { removeFolder } from "../support/find-secrets.js";

it("a hook is not called by a run that is being stopped, and holds it up by nothing", async () => {
  const root = mkdtempSync(join(tmpdir(), "kpi-hook-"));
  try {
    const hook: Hook = { on: ["late"], silence: null, call: ["sh", "-c", "touch called; sleep 60"], timeout: 60_000 };
    const called = callHook({ root, proxies: {} } as unknown as Project, hook, "{}", AbortSignal.abort());
    await expect(called).rejects.toThrow('Cannot carry out "sh": the run is being stopped');
    expect(existsSync(join(root, "called"))).toBe(false);
  } finally {
    removeFolder(root);
  }
});
