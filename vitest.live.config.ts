import { defineConfig } from "vitest/config";

/** The suite for a server of somebody's own: docs/live-suite.md. */
const runs = Number(process.env.KPI_LIVE_RUNS ?? 20);

export default defineConfig({
  test: { include: ["test/live/*.live.ts"], testTimeout: 60_000 + runs * 5_000, hookTimeout: 120_000, fileParallelism: false, bail: 0 },
});
