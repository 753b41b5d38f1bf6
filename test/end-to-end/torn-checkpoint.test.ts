import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { databaseFiles } from "../../src/duckdb/fence.js";
import { openWarehouse } from "../../src/duckdb/open-warehouse.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import type { KpiProject } from "../support/kpi-project.js";
import { NOW, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

const HEADERS = 12_288;
const PAGE = 4_096;

let project: KpiProject;
afterEach(() => project.remove());

const data = () => join(project.folder, "data");

/** Leaves the warehouse as who is killed while a checkpoint's metadata is written: the first pages of its block are new, the others old. */
async function tear(pages: number): Promise<void> {
  const path = join(data(), "kpi.duckdb");
  const before = readFileSync(path);
  const scratch = join(project.folder, "scratch");
  const workspace = await openWorkspace({ scratch, fence: { folders: [], files: databaseFiles(path) } });
  await openWarehouse({ workspace, path, wait: 0 }).publish(async ({ db, catalog }) => {
    await db.run(`CREATE TABLE ${catalog}.main.unfinished AS SELECT 1 AS x`);
    copyFileSync(`${path}.journal`, join(scratch, "journal"));
  });
  await workspace.close();
  const torn = Buffer.from(before);
  readFileSync(path).copy(torn, HEADERS, HEADERS, HEADERS + pages * PAGE);
  writeFileSync(path, torn);
  copyFileSync(join(scratch, "journal"), `${path}.journal`);
}

/** A process that has the warehouse open for writing, until what is given is called. */
async function held(): Promise<() => Promise<void>> {
  const path = JSON.stringify(join(data(), "kpi.duckdb"));
  const script = `import("@duckdb/node-api").then(async ({ DuckDBInstance }) => { globalThis.held = await DuckDBInstance.create(${path}); console.log("held"); setInterval(() => {}, 1000); })`;
  const holder = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  return async () => {
    const ended = new Promise<void>((resolve) => holder.once("exit", () => resolve()));
    holder.kill("SIGKILL");
    await ended;
  };
}

describe("a warehouse whose checkpoint was cut by kill -9", () => {
  it("is what it was before, for whichever of many commands comes first", async () => {
    project = await sensorProject({ hours: 6, begin: "5h" });
    project.env.KPI_NOW = "2026-01-05T02:10:00Z";
    expect(await project.json<RunReport>("run", "pipeline-horario")).toMatchObject({ ok: true, cursor: "2026-01-05T01:00:00Z" });
    await tear(3);
    await expect(tables(project, "SELECT 1")).rejects.toThrow("Corrupt database file");

    project.env.KPI_NOW = NOW;
    const wait = ["--wait", "60s"];
    const commands = [
      ["run", "pipeline-horario", ...wait],
      ["hours", "pipeline-horario"],
      ["run", "pipeline-horario", ...wait],
      ["doctor"],
    ];
    project.write("config/config.yaml", readFileSync(join(project.folder, "config/config.yaml"), "utf8").replace("wait: 0s", "wait: 60s"));
    const outcomes = await Promise.all(commands.map((command) => project.kpi(...command)));
    expect(outcomes.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0]);

    expect(readdirSync(data())).toEqual(["kpi.duckdb"]);
    expect(await tables(project, "SELECT count(DISTINCT window_start)::INTEGER AS n FROM kpi.kpi_horario")).toEqual([{ n: 7 }]);
    expect(await tables(project, "SELECT 1 FROM duckdb_tables() WHERE table_name = 'unfinished'")).toEqual([]);
  });

  it("is rolled back only when who was about to write it lives no more", async () => {
    project = await sensorProject();
    await project.json<RunReport>("run", "pipeline-horario");
    await tear(0);
    const journal = join(data(), "kpi.duckdb.journal");
    const kept = readFileSync(journal);
    const kill = await held();
    expect(await project.kpi("hours", "pipeline-horario")).toMatchObject({ code: 75 });
    expect(readFileSync(journal).equals(kept)).toBe(true);
    await kill();
    expect(await project.kpi("hours", "pipeline-horario")).toMatchObject({ code: 0 });
    expect(existsSync(journal)).toBe(false);
  });
});
