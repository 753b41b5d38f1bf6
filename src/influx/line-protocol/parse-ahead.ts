import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { LineFile } from "./list-files.js";
import type { ParsedFile, ParseJob } from "./parse-file.js";

/** Less text than this, in bytes, is parsed before a thread has begun. */
const WORTH_A_THREAD = 32 * 1024 * 1024;
/** A larger file is read piece by piece; what a thread gives back is held whole. */
const LARGEST = 16 * 1024 * 1024;
const MOST_THREADS = 4;
/** So many files for each thread are parsed, or wait, before they are asked for. */
const AHEAD = 4;

/** A thread and those who wait for what it parses, in order. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: ((parsed: ParsedFile | null) => void)[];
}

/** Parses files in other threads before they are asked for. */
export class ParseAhead {
  readonly #threads: readonly Thread[];
  readonly #jobs: readonly ParseJob[];
  readonly #parsed = new Map<string, Promise<ParsedFile | null>>();
  #next = 0;

  private constructor(threads: readonly Thread[], jobs: readonly ParseJob[]) {
    this.#threads = threads;
    this.#jobs = jobs;
    this.#fill();
  }

  /** Null where other threads are of no use. */
  static open(jobs: readonly ParseJob[]): ParseAhead | null {
    const wanted = jobs.filter(({ file: { path, size } }) => size < (path.endsWith(".gz") ? LARGEST / 8 : LARGEST));
    const code = new URL("./parse-worker.js", import.meta.url);
    const threads = Math.min(availableParallelism(), MOST_THREADS);
    const text = wanted.reduce((sum, { file }) => sum + file.size, 0);
    if (threads < 2 || text < WORTH_A_THREAD || !existsSync(fileURLToPath(code))) return null;
    return new ParseAhead(
      Array.from({ length: threads }, () => openThread(code)),
      wanted,
    );
  }

  /** What a file holds, in the order of the jobs; null where it must be read here. */
  async take({ path }: LineFile): Promise<ParsedFile | null> {
    const parsed = await (this.#parsed.get(path) ?? null);
    this.#parsed.delete(path);
    this.#fill();
    return parsed;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #fill(): void {
    for (; this.#parsed.size < this.#threads.length * AHEAD && this.#next < this.#jobs.length; this.#next++) {
      const job = this.#jobs[this.#next] as ParseJob;
      const { worker, waiting } = this.#threads[this.#next % this.#threads.length] as Thread;
      this.#parsed.set(job.file.path, new Promise((resolve) => waiting.push(resolve)));
      worker.postMessage(job);
    }
  }
}

function openThread(code: URL): Thread {
  const worker = new Worker(code);
  const waiting: Thread["waiting"] = [];
  worker.on("message", (parsed: ParsedFile | null) => waiting.shift()?.(parsed));
  const end = () => {
    for (const resolve of waiting.splice(0)) resolve(null);
    // whoever asks from now on is told at once
    waiting.push = (...resolves) => resolves.map((resolve) => resolve(null)).length;
  };
  worker.on("error", end);
  worker.on("exit", end);
  return { worker, waiting };
}
