import { KpiError } from "../../core/errors.js";
import type { ServerOptions } from "./server-options.js";

/** Ends a request that is silent for too long, takes too long in all, or is not wanted any more. */
export class Watch {
  /** Why the request was ended; null while it was not. */
  reason: Error | null = null;
  readonly #end: (reason: Error) => void;
  readonly #signal: AbortSignal;
  readonly #silence: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;
  readonly #abort = () => this.#stop(this.#signal.reason as Error);
  #listening = true;

  constructor(options: ServerOptions, limits: { readonly signal: AbortSignal; readonly until: number }, end: (reason: Error) => void) {
    this.#end = end;
    this.#signal = limits.signal;
    const late = (what: string) =>
      new KpiError("SOURCE_TIMEOUT", `Cannot read "${options.name}" at "${options.url}": ${what}`, {
        hint: "Raise timeout or deadline of the connection",
      });
    this.#silence = setTimeout(() => this.#listening && this.#stop(late(`nothing came for ${options.timeout} ms`)), options.timeout);
    this.#deadline = setTimeout(
      () => this.#stop(late(`not done after ${options.deadline} ms`)),
      Math.max(1, limits.until - performance.now()),
    );
    this.#signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** The server's turn: its silence counts from now on. */
  start(): void {
    this.#listening = true;
    this.#silence.refresh();
  }

  /** Our own turn. */
  stop(): void {
    this.#listening = false;
  }

  end(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#deadline);
    this.#signal.removeEventListener("abort", this.#abort);
  }

  #stop(reason: Error): void {
    this.reason ??= reason;
    this.#end(this.reason);
  }
}
