import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import { KpiError } from "../../core/errors.js";
import type { ServerOptions } from "./server-options.js";

/** The first wait, and the longest: in ms. */
const FIRST = 500;
const LONGEST = 30_000;
/** A server's own wish is obeyed up to here. */
const LONGEST_WISH = 120_000;

const wishes = new WeakMap<KpiError, number>();

/** The forms of a date in HTTP, all of which begin with the day's name; `Date.parse` makes dates of much else. */
const DATE = /^[A-Z][a-z]{2,8},? /;

/** Remembers what a server's `Retry-After` says: seconds, or a date by the clock that `date` shows. What is neither, or past, is no wish. */
export function noteRetryAfter(error: KpiError, header: string, date = ""): void {
  const text = header.trim();
  const sent = Date.parse(date);
  const wait = /^\d+$/.test(text)
    ? Number(text) * 1000
    : DATE.test(text)
      ? Date.parse(text) - (Number.isNaN(sent) ? Date.now() : sent)
      : Number.NaN;
  if (wait > 0 || text === "0") wishes.set(error, Math.min(wait, LONGEST_WISH));
}

function waitAfter(error: KpiError, attempt: number): number {
  const longest = Math.min(FIRST * 2 ** (attempt - 1), LONGEST);
  return wishes.get(error) ?? longest * (0.5 + Math.random() / 2);
}

/**
 * Does something again while it fails in a way that may pass: `retries` times, and not beyond the deadline.
 * `work` is given the moment (of `performance.now()`) at which it must be done.
 */
export async function retry<Result>(
  options: ServerOptions,
  signal: AbortSignal,
  work: (until: number) => Promise<Result>,
): Promise<Result> {
  const until = performance.now() + options.deadline;
  return pRetry(() => work(until), {
    retries: options.retries,
    minTimeout: 0,
    maxTimeout: 0,
    signal,
    shouldRetry: ({ error }) => error instanceof KpiError && error.retryable && performance.now() < until,
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if (!(error instanceof KpiError) || !error.retryable || retriesLeft === 0) return;
      const wait = waitAfter(error, attemptNumber);
      if (performance.now() + wait >= until) throw error;
      await sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
  });
}
