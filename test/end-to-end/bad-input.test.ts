import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import type { KpiProject, Outcome } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject();
});
afterEach(() => project.remove());

const run = () => project.json<RunReport>("run", "pipeline-horario");
const configured = (changes: (yaml: string) => string) => project.write("config/config.yaml", config("3h", changes));
const validate = async (changes: (yaml: string) => string): Promise<Outcome> => {
  configured(changes);
  return project.kpi("validate");
};

describe("a configuration", () => {
  it("with an unknown step type is refused, with the place and the nearest type", async () => {
    const { code, stderr } = await validate((yaml) => yaml.replace("transform: aggregate", "transform: agregate"));
    expect(code).toBe(78);
    expect(stderr).toMatch(/config\/config\.yaml:13:\d+/);
    expect(stderr).toContain('"agregate"');
    expect(stderr).toContain("aggregate");
  });

  it("with a cycle is refused, and the cycle is named", async () => {
    const { code, stderr } = await validate((yaml) => yaml.replace("from: co,", "from: kpi,"));
    expect(code).toBe(78);
    expect(stderr).toMatch(/clean.*kpi|kpi.*clean/);
  });

  it("with a step that reads from nothing is refused", async () => {
    const { code, stderr } = await validate((yaml) => yaml.replace("from: clean, ", ""));
    expect(code).toBe(78);
    expect(stderr).toContain("from");
    expect(stderr).toContain("kpi");
  });

  it("with a secret typed into it is warned of, without showing it", async () => {
    const { code, stdout, stderr } = await validate((yaml) => yaml.replace('url: "', 'token: "tok-en-0815-geheim", url: "'));
    expect(code).toBe(0);
    expect(stderr).toContain("token");
    expect(stdout + stderr).not.toContain("tok-en-0815-geheim");
  });

  it("with values of the wrong type gives all errors at once, each with its place", async () => {
    const { code, stderr } = await validate((yaml) =>
      yaml
        .replace("every: 1h", "every: 7h")
        .replace("settle: 5m", "settle: soon")
        .replace("fields: [co, temperature, humidity]", "fields: 5"),
    );
    expect(code).toBe(78);
    for (const line of [7, 9, 11]) expect(stderr).toMatch(new RegExp(`config/config\\.yaml:${line}:\\d+`));
  });

  it("with an environment variable that is not set is refused, naming it", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, as it is written in the file
    const { code, stderr } = await validate((yaml) => yaml.replace('"${INFLUX_URL:-file:sample}"', '"${INFLUX_ADDRESS}"'));
    expect(code).toBe(78);
    expect(stderr).toContain("INFLUX_ADDRESS");
    expect(stderr).toMatch(/config\/config\.yaml:4:\d+/);
  });

  it("with a key that is not built yet is refused", async () => {
    const { code, stderr } = await validate((yaml) => yaml.replace("settle: 5m", "settle: 5m\n    watermark: 48h"));
    expect(code).toBe(78);
    expect(stderr).toContain("watermark");
  });
});

describe("a broken line in a line-protocol file", () => {
  it("fails its hour with file and line, publishes nothing of it, and lets the others be", async () => {
    const file = join(project.folder, "sample/sensors/2026-01-05T02.lp");
    appendFileSync(file, "airSensors,sensor_id=TLM0100 co=,temperature=71\n");
    const report = await run();
    expect(report).toMatchObject({ ok: false, code: 1, error: { code: "SOURCE_MALFORMED", step: "co" } });
    expect(report.error?.message).toMatch(/line 2881 of ".*2026-01-05T02\.lp"/);
    const failed = report.windows.filter(({ status }) => status === "failed").map(({ start }) => start);
    const rows = await tables(
      project,
      "SELECT count(*)::INTEGER AS n FROM kpi.kpi_horario WHERE window_start IN (" +
        failed.map((start) => `TIMESTAMPTZ '${start}'`).join(", ") +
        ")",
    );
    expect(failed.length).toBeGreaterThan(0);
    expect(report.windows.some(({ status }) => status === "loaded")).toBe(true);
    expect(rows).toEqual([{ n: 0 }]);
  });
});

describe("a warehouse", () => {
  it("that may not be written ends the run with 74", async () => {
    for (const folder of [".kpi", "data"]) mkdirSync(join(project.folder, folder), { recursive: true });
    chownSync(join(project.folder, ".kpi"), 65534, 65534);
    for (const folder of ["cache", "state", "runs", "tmp"]) {
      mkdirSync(join(project.folder, ".kpi", folder), { recursive: true });
      chownSync(join(project.folder, ".kpi", folder), 65534, 65534);
    }
    chmodSync(project.folder, 0o755);
    project.wrapper = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    if (process.getuid?.() !== 0) chmodSync(join(project.folder, "data"), 0o555);
    const report = await run();
    expect(report).toMatchObject({ ok: false, code: 74, error: { code: "CANNOT_WRITE" } });
    expect(report.error?.message).toContain("kpi.duckdb");
  });

  it("on a full disk ends the run with 74 and keeps what was committed", async () => {
    expect(await run()).toMatchObject({ ok: true });
    const before = await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY ALL");
    await project.kpi("state", "reset", "pipeline-horario", "--yes");
    const blocks = Math.floor(statSync(join(project.folder, "data/kpi.duckdb")).size / 512) - 8;
    project.wrapper = ["bash", "-c", `ulimit -f ${Math.max(1, Math.floor(blocks / 2))}; exec "$@"`, "bash"];
    const report = await run();
    expect(report).toMatchObject({ ok: false, code: 74, error: { code: "CANNOT_WRITE" } });
    project.wrapper = [];
    expect(await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY ALL")).toEqual(before);
    expect(await run()).toMatchObject({ ok: true, code: 0 });
  });

  it("held by another process ends the run with 75 and names that process", async () => {
    await run();
    const holder = spawn(
      process.execPath,
      [
        "-e",
        `import("@duckdb/node-api").then(async ({ DuckDBInstance }) => { globalThis.held = await DuckDBInstance.create(${JSON.stringify(join(project.folder, "data/kpi.duckdb"))}); console.log("held"); setInterval(() => {}, 1000); })`,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await new Promise((held) => holder.stdout.once("data", held));
    project.env.KPI_NOW = "2026-01-05T05:10:00Z";
    const report = await run();
    holder.kill();
    expect(report).toMatchObject({ ok: false, code: 75, error: { code: "WAREHOUSE_HELD", retryable: true } });
    expect(report.error?.message).toContain(String(holder.pid));
  });

  it("that is no DuckDB file ends the run with 78 and is left as it is", async () => {
    const text = "I am a letter to my grandmother, and not a database. ".repeat(200);
    project.write("data/kpi.duckdb", text);
    expect(await run()).toMatchObject({ ok: false, code: 78, error: { code: "WAREHOUSE_INVALID" } });
    expect(project.read("data/kpi.duckdb")).toBe(text);
  });
});

describe("a corrupt state file", () => {
  it("is kept aside, told of, and rebuilt from the ledger", async () => {
    await run();
    const file = readdirSync(join(project.folder, ".kpi/state")).find((name) => name === "pipeline-horario.json");
    project.write(`.kpi/state/${file}`, "{ half a docu");
    const { code, stderr } = await project.kpi("run", "pipeline-horario");
    expect(code).toBe(0);
    expect(stderr).toMatch(/corrupt/i);
    expect(readdirSync(join(project.folder, ".kpi/state")).some((name) => name.includes("corrupt"))).toBe(true);
    expect(await project.json("state", "show", "pipeline-horario")).toMatchObject({ last_processed_hour: "2026-01-05T03:00:00Z" });
  });
});

describe("a clock before the cursor", () => {
  it("ends the run with 75 and changes nothing", async () => {
    await run();
    project.env.KPI_NOW = "2026-01-05T03:10:00Z";
    expect(await run()).toMatchObject({ ok: false, code: 75, error: { code: "CLOCK_BEHIND" } });
    project.env.KPI_NOW = "2026-01-05T04:10:00Z";
    expect(await run()).toMatchObject({ ok: true, code: 0, windows: [] });
  });
});

describe("a lost warehouse", () => {
  it("stops the run, and the hint followed word for word rebuilds everything", async () => {
    await run();
    const before = await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY ALL");
    execFileSync("rm", ["-r", join(project.folder, "data")]);
    const report = await run();
    expect(report).toMatchObject({ ok: false, code: 78, error: { code: "STATE_AHEAD" } });
    const [, commands = ""] = /rebuild everything: (kpi .*? && kpi run \S+?)\./.exec(report.error?.hint ?? "") ?? [];
    for (const command of commands.split(" && ")) expect((await project.kpi(...command.split(" ").slice(1))).code).toBe(0);
    expect(await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY ALL")).toEqual(before);
  });

  it("leaves no trace of a run that could not begin", () => {
    expect(existsSync(join(project.folder, ".kpi", "tmp")) ? readdirSync(join(project.folder, ".kpi", "tmp")) : []).toEqual([]);
  });
});
