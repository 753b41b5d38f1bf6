// npm run test:live: holds the InfluxDB of the environment to the suite of test/live (docs/live-suite.md), and drops what that made however it ended.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { importSource } from "./import-source.mjs";

const { openTargetServer } = await importSource("test/live/target-server.ts");
const prefix = `kpi_live_${randomBytes(4).toString("hex")}`;
const ours = (name) => name.startsWith(prefix);

/** Runs the tests; resolves to their exit status. A signal ends them, and not yet us. */
function runTests() {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.live.config.ts", ...process.argv.slice(2)];
  const tests = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, KPI_LIVE_PREFIX: prefix } });
  let interrupted = null;
  for (const signal of ["SIGINT", "SIGTERM"])
    process.on(signal, () => {
      interrupted = 128 + constants.signals[signal];
      tests.kill(signal);
    });
  return new Promise((resolve) => tests.once("exit", (code) => resolve(interrupted ?? code ?? 1)));
}

try {
  const server = await openTargetServer(process.env);
  await server.make(`${prefix}_first`);
  process.exitCode = await runTests();
  // workers of tests that were interrupted may make one more
  for (let dropped = 1; dropped > 0; await new Promise((resolve) => setTimeout(resolve, 200))) dropped = await server.drop(ours);
} catch (thrown) {
  console.error(thrown.message);
  process.exitCode = 2;
}
