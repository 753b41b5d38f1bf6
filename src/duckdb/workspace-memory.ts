import { availableParallelism, totalmem } from "node:os";

const MEBIBYTE = 1024 * 1024;
/** What all threads begin with, and what each of many needs. */
const LITTLE = 64;
const A_THREAD = 16;
const SHARE = 0.8;

/** How much memory a workspace's DuckDB may take: little, so that tables go to disk instead of piling up, and more for work that cannot do with that. */
export class WorkspaceMemory {
  /** In MiB. */
  static readonly first = Math.max(LITTLE, A_THREAD * availableParallelism());
  readonly #most = Math.max(WorkspaceMemory.first, Math.floor((totalmem() * SHARE) / MEBIBYTE));
  readonly #set: (limit: string) => Promise<unknown>;
  #limit = WorkspaceMemory.first;
  #publishing = 0;

  /** `set` sets the limit. */
  constructor(set: (limit: string) => Promise<unknown>) {
    this.#set = set;
  }

  /** What is allowed just now, in MiB. */
  get allowed(): number {
    return this.#publishing > 0 ? this.#most : this.#limit;
  }

  /** Whether there is more, or at least something else, than work `had` that ran short; doubles the limit where nobody else has changed it. */
  async grow(had: number): Promise<boolean> {
    if (this.allowed !== had) return true;
    if (had >= this.#most) return false;
    this.#limit = Math.min(this.#limit * 2, this.#most);
    await this.#set(`${this.#limit}MiB`);
    return true;
  }

  /** Raises what is allowed from now on. */
  async raise(to: number): Promise<void> {
    this.#limit = Math.max(this.#limit, Math.min(to, this.#most));
    if (this.#publishing === 0) await this.#set(`${this.#limit}MiB`);
  }

  /** Lets some work have all there is: it cannot be begun again with more. */
  async all<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#publishing++ === 0) await this.#set(`${this.#most}MiB`);
    try {
      return await work();
    } finally {
      // what is held just now may be more: then the next one lowers it
      if (--this.#publishing === 0) await this.#set(`${this.#limit}MiB`).catch(() => undefined);
    }
  }
}
