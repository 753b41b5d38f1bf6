import type { KpiError } from "../core/errors.js";
import { whyStopped } from "./why-stopped.js";

/** Hands work a signal that is aborted besides when its time (in ms; null: no end) is up; it then fails with what `tooLong` says. */
export async function inTime<Result>(
  time: number | null,
  stopped: AbortSignal,
  tooLong: () => KpiError,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (time === null) return work(stopped);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooLong()), time);
  const signal = AbortSignal.any([stopped, limit.signal]);
  try {
    return await work(signal);
  } catch (thrown) {
    throw whyStopped(thrown, signal);
  } finally {
    clearTimeout(timer);
  }
}
