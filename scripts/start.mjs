// `npm start`: the shipped pipeline over sample data, from nothing to KPIs, and an hour later the hour that has passed. The commands are those anybody can type.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function kpi(...args) {
  console.log(`\n$ npx kpi ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, [join(root, "bin", "kpi.js"), ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 70);
}

// two hours more than the pipeline looks back, so that its first hour is whole
kpi("sample", "--hours", "50");
kpi("run", "pipeline-horario");
kpi("show", "pipeline-horario");
console.log(`
Try next:
  npx kpi run pipeline-horario --json     nothing is due until the next hour has settled
  npx kpi plan pipeline-horario --explain what a run would do, and what the source is asked
  npx kpi run co-alarm                    a workflow: no windows, it runs when asked
  npx kpi state show pipeline-horario     where the cursor stands
  INFLUX_URL=http://localhost:8086 npx kpi plan --explain    the same pipeline, your own InfluxDB
The pipeline is config/config.yaml; what it published is data/kpi.duckdb.`);
