import { defineConfig } from "vitest/config";

/** The suite for a server of somebody's own: docs/live-suite.md. */
export default defineConfig({
  test: { include: ["test/live/*.live.ts"], testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false, bail: 0 },
});
