import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.js";

/** A real InfluxDB 1.x of our own. */
export interface InfluxServer extends AsyncDisposable {
  readonly url: string;
  /** Runs a statement, such as CREATE DATABASE, or DELETE in a database, to its end: the status alone is answered before it is run. */
  execute(statement: string, database?: string, user?: { readonly u: string; readonly p: string }): Promise<void>;
  /** Writes line protocol, times in nanoseconds, into `database` or `database/policy`. */
  write(bucket: string, lines: string): Promise<void>;
}

/** Where `influxd` is; null where it is not installed. With KPI_REQUIRE_SERVERS=1 that is an error. */
export function findInfluxd(): string | null {
  try {
    return execFileSync("sh", ["-c", "command -v influxd"], { encoding: "utf8" }).trim();
  } catch {
    if (process.env.KPI_REQUIRE_SERVERS === "1") throw new Error("influxd is not installed: apt-get install influxdb");
    console.warn("skipped: influxd is not installed (apt-get install influxdb)");
    return null;
  }
}

function configuration(folder: string, port: number, rpcPort: number): string {
  return [
    "reporting-disabled = true",
    `bind-address = "127.0.0.1:${rpcPort}"`,
    `[meta]\n  dir = "${folder}/meta"`,
    `[data]\n  dir = "${folder}/data"\n  wal-dir = "${folder}/wal"\n  query-log-enabled = false`,
    `[http]\n  bind-address = "127.0.0.1:${port}"\n  log-enabled = false`,
    "[monitor]\n  store-enabled = false",
  ].join("\n");
}

const NOBODY = 65_534;

async function start(influxd: string, folder: string): Promise<{ readonly process: ChildProcess; readonly url: string }> {
  const [port, rpcPort] = [await freePort(), await freePort()];
  await writeFile(join(folder, "influxdb.conf"), configuration(folder, port, rpcPort));
  const asRoot = userInfo().uid === 0;
  for (const part of ["meta", "data", "wal"]) {
    await mkdir(join(folder, part));
    if (asRoot) await chown(join(folder, part), NOBODY, NOBODY);
  }
  if (asRoot) await chown(folder, NOBODY, NOBODY);
  const process = spawn(influxd, ["-config", join(folder, "influxdb.conf")], {
    stdio: "ignore",
    ...(asRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  return { process, url: `http://127.0.0.1:${port}` };
}

async function untilReady(url: string, process: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (process.exitCode !== null) throw new Error(`influxd ended with ${process.exitCode}`);
    const answer = await fetch(`${url}/ping`).catch(() => null);
    if (answer?.status === 204) return;
    await sleep(50);
  }
  throw new Error("influxd does not answer");
}

async function post(url: string, body: string | URLSearchParams): Promise<void> {
  const reply = await fetch(url, { method: "POST", body });
  const text = await reply.text();
  if (!reply.ok || text.includes('"error"')) throw new Error(`${reply.status} ${text}`);
}

async function stop(process: ChildProcess, folder: string): Promise<void> {
  const ended = process.exitCode !== null ? null : new Promise((resolve) => process.once("exit", resolve));
  process.kill("SIGKILL");
  await ended;
  await rm(folder, { recursive: true, force: true });
}

/** Starts an InfluxDB on a free port in a folder of its own, as an unprivileged user. It ends, with all it holds, when it is disposed. */
export async function startInfluxdb(influxd: string): Promise<InfluxServer> {
  const folder = await mkdtemp(join(tmpdir(), "kpi-influxd-"));
  const { process, url } = await start(influxd, folder);
  const dispose = () => stop(process, folder);
  try {
    await untilReady(url, process);
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
  return {
    url,
    execute: (statement, database = "", user) =>
      post(`${url}/query?${new URLSearchParams(user)}`, new URLSearchParams({ db: database, q: statement })),
    write: (bucket, lines) => {
      const [database = "", policy = ""] = bucket.split("/");
      return post(`${url}/write?${new URLSearchParams({ db: database, rp: policy, precision: "ns" })}`, lines);
    },
    [Symbol.asyncDispose]: dispose,
  };
}
