import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { LineFile } from "./list-files.js";
import type { ParsedPart, ParseJob } from "./parse-part.js";

/** Less text than this, in bytes, is parsed before a thread has begun. */
const WORTH_A_THREAD = 32 * 1024 * 1024;
/** So much faster are lines left out than parsed. */
const FILTERED = 8;
const MOST_THREADS = 4;
/** So many parts for each thread are parsed, or wait, before they are asked for. */
const AHEAD = 4;

/** A thread and those who wait for what it parses, in order. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: ((parsed: ParsedPart | null) => void)[];
}

interface Begun {
  readonly job: ParseJob;
  readonly parsed: Promise<ParsedPart | null>;
}

/** Parses parts of files in other threads before they are asked for. */
export class ParseAhead implements AsyncDisposable {
  readonly #threads: readonly Thread[];
  readonly #jobs: readonly ParseJob[];
  #next = 0;
  #begun: readonly Begun[] = [];

  private constructor(threads: readonly Thread[], jobs: readonly ParseJob[]) {
    this.#threads = threads;
    this.#jobs = jobs;
    this.#fill();
  }

  /** Null where other threads are of no use. */
  static open(jobs: readonly ParseJob[]): ParseAhead | null {
    const code = new URL("./parse-worker.js", import.meta.url);
    const threads = Math.min(availableParallelism(), MOST_THREADS);
    const text = jobs.reduce((sum, { file, part, filter }) => sum + ((part.to ?? file.size) - part.from) / (filter ? FILTERED : 1), 0);
    if (threads < 2 || text < WORTH_A_THREAD || !existsSync(fileURLToPath(code))) return null;
    return new ParseAhead(
      Array.from({ length: threads }, () => openThread(code)),
      jobs,
    );
  }

  /** What a file's parts hold, in their order, which is that of the jobs; null for one that must be read here. Parts not asked for are forgotten. */
  async *parts(file: LineFile): AsyncGenerator<ParsedPart | null> {
    const isOf = ({ job }: Pick<Begun, "job">) => job.file.path === file.path;
    try {
      for (let next = this.#begun[0]; next !== undefined && isOf(next); next = this.#begun[0]) {
        const parsed = await next.parsed;
        this.#begun = this.#begun.slice(1);
        this.#fill();
        yield parsed;
      }
    } finally {
      this.#begun = this.#begun.filter((begun) => !isOf(begun));
      while (this.#jobs[this.#next]?.file.path === file.path) this.#next++;
      this.#fill();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #fill(): void {
    const room = Math.max(0, this.#threads.length * AHEAD - this.#begun.length);
    const jobs = this.#jobs.slice(this.#next, this.#next + room);
    this.#begun = [...this.#begun, ...jobs.map((job) => ({ job, parsed: this.#parse(job) }))];
    this.#next += jobs.length;
  }

  #parse(job: ParseJob): Promise<ParsedPart | null> {
    const { worker, waiting } = this.#threads.reduce((idlest, thread) => (thread.waiting.length < idlest.waiting.length ? thread : idlest));
    worker.postMessage(job);
    return new Promise((resolve) => waiting.push(resolve));
  }
}

function openThread(code: URL): Thread {
  const worker = new Worker(code);
  const waiting: Thread["waiting"] = [];
  worker.on("message", (parsed: ParsedPart | null) => waiting.shift()?.(parsed));
  const end = () => {
    for (const resolve of waiting.splice(0)) resolve(null);
    // whoever asks from now on is told at once
    waiting.push = (...resolves) => resolves.map((resolve) => resolve(null)).length;
  };
  worker.on("error", end);
  worker.on("exit", end);
  return { worker, waiting };
}
