import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { requireNoSecrets } from "../../support/find-secrets.js";
import type { ServerStore } from "./server-stores.js";

export interface Task {
  readonly store: "file" | "duckdb" | "prefect" | ServerStore;
  /** Where on its server a store is. */
  readonly place?: Readonly<Record<string, unknown>>;
  readonly folder: string;
  readonly task: "count" | "hold" | "compete";
  /** Whose lock it holds; "p" where none is given. */
  readonly key?: string;
  readonly writes?: number;
  readonly ttl?: number;
}

/** A process that works on a state store. What it says comes as one JSON value a line. */
export class Worker implements AsyncDisposable {
  readonly said: Readonly<Record<string, unknown>>[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #stderr = "";

  /** `program` is the bundled worker. */
  constructor(program: string, task: Task) {
    const child = spawn(process.execPath, [program, JSON.stringify(task)], { stdio: "pipe" });
    this.#process = child;
    this.#ended = once(child, "close");
    createInterface(child.stdout).on("line", (line) => this.said.push(JSON.parse(line)));
    child.stderr.on("data", (data) => {
      this.#stderr += data;
    });
  }

  /** Waits until it has said something under the key. */
  async says(key: string, most = 20_000): Promise<unknown> {
    const until = performance.now() + most;
    for (;;) {
      const found = this.said.find((line) => key in line);
      if (found !== undefined) return found[key];
      if (this.#process.exitCode !== null || performance.now() > until) throw new Error(`the worker never said "${key}": ${this.#stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Tells it to end, and waits until it has. */
  async finish(): Promise<void> {
    this.#process.stdin?.end("release\n");
    await this.ended();
  }

  /** Waits for the end; throws where that was neither a success nor the signal given. */
  async ended(signal: NodeJS.Signals | null = null): Promise<void> {
    await this.#ended;
    requireNoSecrets("what the worker said", JSON.stringify(this.said) + this.#stderr);
    const { exitCode, signalCode } = this.#process;
    if (signal === null ? exitCode !== 0 : signalCode !== signal) throw new Error(`the worker failed: ${this.#stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }
}
