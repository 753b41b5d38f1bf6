import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { spawn as spawnTerminal } from "@lydell/node-pty";
import { findSecrets } from "../../support/find-secrets.js";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const KPI = `${ROOT}bin/kpi.js`;
export const SLOW_KPI = `${ROOT}test/cli/fixtures/slow-kpi.mjs`;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of the environment the tests run in, but what Node needs. */
export function cleanEnvironment(env: NodeJS.ProcessEnv = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: "/nowhere", TZ: "UTC", LANG: "C.UTF-8", ...(env as Record<string, string>) };
}

/** Runs a script to its end on pipes; `onStderr` sees what it has said so far, and may send it a signal. */
export function start(
  script: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  onStderr = (_text: string, _kill: (signal: NodeJS.Signals) => void) => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...words], { env: cleanEnvironment(env), stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
    onStderr(stderr, (signal) => child.kill(signal));
  });
  return new Promise((resolve, reject) => {
    child.on("close", (status) => {
      const found = findSecrets("what it said", stdout + stderr);
      if (found.length > 0) reject(new Error(found.join("\n")));
      else resolve({ status, stdout, stderr });
    });
  });
}

interface TerminalOptions {
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** The text after which Ctrl-C is typed. */
  readonly interrupt?: string;
}

/** How long a script may run on a terminal, in ms. */
const TIMEOUT = 20_000;

/** Runs a script to its end on a terminal, where both streams are one. */
export function startOnTerminal(
  script: string,
  words: readonly string[],
  options: TerminalOptions = {},
): Promise<{ status: number; screen: string }> {
  const { columns = 100, env = {}, interrupt } = options;
  // A terminal cannot be made with 0 columns; it can be set to them.
  const line = `${columns > 0 ? "" : "stty cols 0 rows 0; "}exec "$@"`;
  const terminal = spawnTerminal("/bin/sh", ["-c", line, "sh", process.execPath, script, ...words], {
    cols: columns || 80,
    rows: 30,
    env: cleanEnvironment({ TERM: "xterm-256color", ...env }),
  });
  let screen = "";
  let interrupted = false;
  terminal.onData((data) => {
    screen += data;
    if (interrupt === undefined || interrupted || !screen.includes(interrupt)) return;
    interrupted = true;
    terminal.write("\u0003");
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      terminal.kill("SIGKILL");
      reject(new Error(`still running after ${TIMEOUT} ms, ${screen.length} characters written`));
    }, TIMEOUT);
    terminal.onExit(({ exitCode }) => {
      clearTimeout(late);
      const found = findSecrets("the terminal", screen);
      if (found.length > 0) reject(new Error(found.join("\n")));
      else resolve({ status: exitCode, screen });
    });
  });
}
