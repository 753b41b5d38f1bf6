import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { LineFile } from "./list-files.js";
import { type ParsedPart, type ParseJob, parsePart } from "./parse-part.js";

/** Less text than this, in bytes, is parsed before a thread has begun. */
const WORTH_A_THREAD = 32 * 1024 * 1024;
/** So much faster are lines left out than parsed. */
const FILTERED = 8;
/** This one among them. */
const MOST_THREADS = 4;
/** So many parts wait in a thread. */
const WAITING = 2;
/** So many for each thread, this one too, are held before they are asked for. */
const AHEAD = 4;

/** A thread and those who wait for what it parses, in order. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: ((parsed: ParsedPart | null) => void)[];
}

interface Begun {
  readonly job: ParseJob;
  readonly parsed: Promise<ParsedPart | null>;
  isDone: boolean;
}

/** Parses parts of files before they are asked for: in other threads, and in this one while it would wait for them. */
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
    const threads = Math.min(availableParallelism(), MOST_THREADS) - 1;
    const text = jobs.reduce((sum, { file, part, filter }) => sum + ((part.to ?? file.size) - part.from) / (filter ? FILTERED : 1), 0);
    if (threads < 1 || text < WORTH_A_THREAD || !existsSync(fileURLToPath(code))) return null;
    return new ParseAhead(
      Array.from({ length: threads }, () => openThread(code)),
      jobs,
    );
  }

  /** What a file's parts hold, in their order, which is that of the jobs; null for one that must be read whole. Parts not asked for are forgotten. */
  async *parts(file: LineFile): AsyncGenerator<ParsedPart | null> {
    const isOf = ({ job }: Begun) => job.file.path === file.path;
    try {
      for (let next = this.#begun[0]; next !== undefined && isOf(next); next = this.#begun[0]) {
        while (!next.isDone && (await this.#parseHere()));
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
    for (;;) {
      const thread = this.#threads.find(({ waiting }) => waiting.length < WAITING);
      const job = this.#take();
      if (thread === undefined || job === undefined) return;
      this.#next++;
      thread.worker.postMessage(job);
      this.#add(job, new Promise((resolve) => thread.waiting.push(resolve)));
    }
  }

  /** False where there is nothing to parse now. */
  async #parseHere(): Promise<boolean> {
    const job = this.#take();
    if (job === undefined) return false;
    this.#next++;
    const parsed = parsePart(job).catch(() => null);
    this.#add(job, parsed);
    await parsed;
    // what the threads have sent comes in only now
    await nextTurn();
    return true;
  }

  /** The job that is to be begun next, unless enough are. */
  #take(): ParseJob | undefined {
    return this.#begun.length < (this.#threads.length + 1) * AHEAD ? this.#jobs[this.#next] : undefined;
  }

  #add(job: ParseJob, parsed: Begun["parsed"]): void {
    const begun: Begun = { job, parsed, isDone: false };
    this.#begun = [...this.#begun, begun];
    void parsed.then(() => {
      begun.isDone = true;
    });
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
