import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "./free-port.js";

/** A real Prefect server of our own, on loopback, in a folder of its own. */
export interface PrefectServer extends AsyncDisposable {
  /** Ends in /api. */
  readonly url: string;
  /** Kills the server and starts it again on the same database: what it had in memory is gone. */
  restart(): Promise<void>;
  /** Kills the server. */
  halt(): Promise<void>;
  /** Runs Python that speaks to the server, and gives what it printed. */
  python(script: string): Promise<string>;
}

/** The folder of the virtual environment with Prefect; null where there is none. With KPI_REQUIRE_SERVERS=1 that is an error. */
export function findPrefect(): string | null {
  const folder = process.env.KPI_TEST_PREFECT ?? join(homedir(), ".cache/kpi-tests/prefect");
  if (existsSync(join(folder, "bin/prefect"))) return folder;
  const how = `python3 -m venv ${folder} && ${folder}/bin/pip install prefect`;
  if (process.env.KPI_REQUIRE_SERVERS === "1") throw new Error(`Prefect is not installed: ${how}`);
  console.warn(`skipped: Prefect is not installed (${how})`);
  return null;
}

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`prefect ended with ${child.exitCode}: ${log()}`);
    const answer = await fetch(`${url}/health`).catch(() => null);
    if (answer?.status === 200) return;
    await sleep(150);
  }
  throw new Error(`prefect does not answer: ${log()}`);
}

/** Starts a Prefect on a free port; `environment` adds to its own. It ends, with all it holds, when it is disposed. */
export async function startPrefect(venv: string, environment: Readonly<Record<string, string>> = {}): Promise<PrefectServer> {
  const folder = await mkdtemp(join(tmpdir(), "kpi-prefect-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/api`;
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, PREFECT_HOME: folder, DO_NOT_TRACK: "1", PREFECT_API_URL: url },
    ...{ PREFECT_SERVER_ANALYTICS_ENABLED: "false", PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: "false", ...environment },
  };
  let child: ChildProcess;
  const start = async () => {
    let said = "";
    const args = ["server", "start", "--host", "127.0.0.1", "--port", String(port), "--no-ui"];
    // a group of its own: the command starts the server as its child
    child = spawn(join(venv, "bin/prefect"), args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (data) => {
        said = `${said}${data}`.slice(-2_000);
      });
    await untilReady(url, child, () => said);
  };
  const halt = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await ended;
  };
  const dispose = async () => {
    await halt();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await start();
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
  return {
    url,
    restart: async () => {
      await halt();
      await start();
    },
    halt,
    python: async (script) => (await promisify(execFile)(join(venv, "bin/python"), ["-c", script], { env, cwd: folder })).stdout.trim(),
    [Symbol.asyncDispose]: dispose,
  };
}
