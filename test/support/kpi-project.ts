import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { findSecrets, findSecretsBelow, removeFolder } from "./find-secrets.js";

const NODE = process.env.KPI_TEST_NODE ?? process.execPath;
const KPI = resolve("bin/kpi.js");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project folder of its own on which the built tool is run, as cron would: a clean environment, pipes, no terminal. */
export class KpiProject {
  readonly folder = mkdtempSync(join(tmpdir(), "kpi-end-to-end-"));
  /** Added to the clean environment. */
  env: Record<string, string> = {};
  /** Put before the command, such as `setpriv …`. */
  wrapper: readonly string[] = [];
  /**
   * What no output and no file of kpi may hold, in any encoding, beside the secrets of all tests and the variables with a secret's name: it is looked for
   * after each command, and when the project is removed.
   */
  readonly secrets: string[] = [];
  /** Files that hold secrets because the test has written them. */
  readonly #written = new Set<string>();
  /** What was said by runs that nobody waits for. */
  readonly #said: Buffer[] = [];

  write(path: string, text: string | Uint8Array): void {
    const target = join(this.folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    this.#written.add(path);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  kpi(...args: string[]): Promise<Outcome> {
    const [command, ...rest] = this.#command(args);
    const options = { cwd: this.folder, env: this.#environment(), timeout: 120_000, maxBuffer: 1 << 26 };
    return new Promise((done, failed) => {
      execFile(command, rest, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
        const found = findSecrets(`what "kpi ${args.join(" ")}" said`, stdout + stderr, this.#secrets());
        if (found.length > 0) failed(new Error(found.join("\n")));
        else done({ code, stdout, stderr });
      });
    });
  }

  /** Runs with `--json`; the document on stdout, with the exit status beside it. */
  async json<Document = Record<string, unknown>>(
    ...args: string[]
  ): Promise<Document & { readonly code: number | null; readonly stderr: string }> {
    const { code, stdout, stderr } = await this.kpi(...args, "--json");
    return { ...(JSON.parse(stdout) as Document), code, stderr };
  }

  /** Starts a run without waiting for it. */
  start(...args: string[]): ChildProcess {
    const [command, ...rest] = this.#command(args);
    const child = spawn(command, rest, { cwd: this.folder, env: this.#environment(), stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => this.#said.push(data));
    return child;
  }

  /** Throws where a file holds a secret. */
  remove(): void {
    const said = findSecrets('what "kpi" said', Buffer.concat(this.#said), this.#secrets());
    removeFolder(this.folder, this.#secrets(), [...this.#written]);
    if (said.length > 0) throw new Error(said.join("\n"));
  }

  /** Where secrets stand in what kpi has left in the folder; empty is well. */
  leaked(): string[] {
    return findSecretsBelow(this.folder, this.#secrets(), [...this.#written]);
  }

  #secrets(): string[] {
    const named = Object.entries(this.env).filter(([name, value]) => /TOKEN|PASSWORD|SECRET/.test(name) && value.length >= 8);
    return [...this.secrets, ...named.map(([, value]) => value)];
  }

  #command(args: readonly string[]): [string, ...string[]] {
    return [...this.wrapper, NODE, KPI, ...args] as unknown as [string, ...string[]];
  }

  #environment(): Record<string, string> {
    return { PATH: process.env.PATH ?? "", HOME: this.folder, LANG: "C.UTF-8", ...this.env };
  }
}
