import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    // what tries a hundred times as much takes a hundred times as long
    testTimeout: process.env.KPI_TEST_LONG === "1" ? 3_600_000 : 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
