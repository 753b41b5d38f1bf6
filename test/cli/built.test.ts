import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { removeFolder } from "../support/find-secrets.js";
import { cleanEnvironment, KPI, ROOT, SLOW_KPI, start, startOnTerminal } from "./support/start.js";

const folder = mkdtempSync(join(tmpdir(), "kpi-cli-"));
afterAll(() => removeFolder(folder));

describe("bin/kpi.js", () => {
  it("says how to build what is not built", async () => {
    cpSync(join(ROOT, "bin"), join(folder, "bin"), { recursive: true });
    const { status, stdout, stderr } = await start(join(folder, "bin", "kpi.js"), ["run"]);
    expect({ status, stdout }).toEqual({ status: 70, stdout: "" });
    expect(stderr).toBe("error: kpi is not built: dist is missing\n  Try: npm run build\n");
  });

  it("says what to do where a file of the build cannot be loaded", async () => {
    mkdirSync(join(folder, "dist", "cli"), { recursive: true });
    writeFileSync(join(folder, "dist", "cli", "main.js"), 'require("./missing.js");');
    const { status, stderr } = await start(join(folder, "bin", "kpi.js"), ["run"]);
    expect(status).toBe(70);
    expect(stderr).toMatch(/^error: kpi cannot start: .*missing\.js[\s\S]*\n {2}Try: npm ci && npm run build\n$/);
  });

  it("can be executed as a file", () => {
    expect(execFileSync(KPI, ["--version"], { env: cleanEnvironment() }).toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("gives DuckDB sixteen threads before the first of them is started", async () => {
    const probe = join(folder, "probe.cjs");
    cpSync(join(ROOT, "test/cli/fixtures/count-threads.cjs"), probe);
    const count = async (env: NodeJS.ProcessEnv) =>
      Number(
        (await start(KPI, ["validate", "--config", join(ROOT, "config/config.yaml")], { NODE_OPTIONS: `--require=${probe}`, ...env }))
          .stderr,
      );
    const usual = await count({ UV_THREADPOOL_SIZE: "16" });
    expect(await count({})).toBe(usual);
    expect(await count({ UV_THREADPOOL_SIZE: "2" })).toBe(usual);
    expect(await count({ UV_THREADPOOL_SIZE: "20" })).toBe(usual + 4);
  });
});

describe("what a command loads", () => {
  /** The files and packages a command line made Node load, by V8's own list. */
  async function loaded(words: readonly string[]): Promise<string> {
    const coverage = mkdtempSync(join(folder, "coverage-"));
    await start(KPI, words, { NODE_V8_COVERAGE: coverage });
    return readdirSync(coverage)
      .map((name) => readFileSync(join(coverage, name), "utf8"))
      .join("");
  }

  it.each([[["--version"]], [["--help"]], [["run", "--help"]], [[]], [["help", "exit-codes"]]])(
    "by kpi %j is no DuckDB, zod, ora, chalk or yaml",
    async (words) => {
      const list = await loaded(words);
      expect(list).toContain("dist/cli/main.js");
      for (const name of ["duckdb-node-api", "zod", "ora", "chalk", "yaml", "influxdata-influxdb-client", "temporal-polyfill"]) {
        expect(existsSync(join(ROOT, `dist/packages/${name}.js`))).toBe(true);
        expect(list).not.toContain(`dist/packages/${name}.js`);
      }
      expect(list).not.toContain("node_modules/");
    },
  );

  it("by kpi --version is not even commander", async () => {
    expect(await loaded(["--version"])).not.toContain("dist/packages/commander.js");
  });
});

describe("`kpi run` on a terminal", () => {
  it("turns a wheel with the counts, then leaves the summary and the cursor behind", async () => {
    const { status, screen } = await startOnTerminal(SLOW_KPI, ["run"]);
    expect(status).toBe(0);
    expect(screen).toMatch(/slow {2}[1-4]\/5 windows/);
    expect(screen).toContain("5 windows loaded");
    expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"));
  });

  it("has no wheel where the terminal says it has no columns, and ends", async () => {
    const { status, screen } = await startOnTerminal(SLOW_KPI, ["run"], { columns: 0 });
    expect(status).toBe(0);
    expect(screen).not.toContain("\u001b[?25l");
    expect(screen.length).toBeLessThan(2_000);
  });

  it.each([{ NO_COLOR: "1" }, { TERM: "dumb" }])("paints nothing with %j", async (env) => {
    const { status, screen } = await startOnTerminal(SLOW_KPI, ["run"], { env });
    expect(status).toBe(0);
    expect(screen).not.toContain("\u001b[3");
  });

  it("stops on Ctrl-C with the cursor back", async () => {
    const { status, screen } = await startOnTerminal(SLOW_KPI, ["run"], { env: { SLOW_WINDOWS: "1000" }, interrupt: "1/1,000 windows" });
    expect(status).toBe(130);
    expect(screen).toContain("Stopping");
    expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"));
  });
});

describe("`kpi` on pipes", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends with its own status after %s", async (signal, exit) => {
    let sent = false;
    const { status, stdout, stderr } = await start(SLOW_KPI, ["run", "--json"], { SLOW_WINDOWS: "1000" }, (said, kill) => {
      if (sent || !said.includes("loaded")) return;
      sent = true;
      kill(signal);
    });
    expect(status).toBe(exit);
    expect(stderr).toContain("Stopping");
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
  });

  it("writes long results whole", async () => {
    const { status, stdout } = await start(SLOW_KPI, ["show", "--json"]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).tables[0].rows).toHaveLength(5_000);
  });

  it("does not mind a reader that leaves", () => {
    const command = `"${process.execPath}" "${SLOW_KPI}" show --json | head -c 1; exit \${PIPESTATUS[0]}`;
    expect(execFileSync("bash", ["-c", command], { env: cleanEnvironment() }).toString()).toBe("{");
  });

  it("ends with 74 where the disk is full", async () => {
    const command = `"${process.execPath}" "${SLOW_KPI}" show --json > /dev/full`;
    const { status, stderr } = await start("-e", [
      `const { spawnSync } = require("node:child_process"); const { status, stderr } = spawnSync("sh", ["-c", ${JSON.stringify(command)}]); process.stderr.write(stderr); process.exitCode = status;`,
    ]);
    expect(status).toBe(74);
    expect(stderr).toContain("Cannot write the result to stdout");
  });

  it("paints nothing into files", async () => {
    const { stdout, stderr } = await start(SLOW_KPI, ["run"], { TERM: "xterm-256color" });
    expect(stdout + stderr).not.toContain("\u001b");
  });
});
