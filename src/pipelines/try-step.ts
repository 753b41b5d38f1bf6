import { setTimeout as sleep } from "node:timers/promises";
import { KpiError, toKpiError } from "../core/errors.js";
import { LONGEST_BACKOFF, type Patience, type Step } from "../core/pipeline.js";
import type { RunScope } from "./run-scope.js";
import { whyStopped } from "./why-stopped.js";

const ONCE: Patience = { retries: 0, backoff: 0, timeout: null };

/**
 * Does a step's work as often as the step's settings allow, while it fails in a way that may pass; `undo` removes what a failed try has left. `work` is
 * handed a scope whose signal is aborted when the try's time is up.
 */
export async function tryStep<Result>(
  scope: RunScope,
  step: Step,
  work: (scope: RunScope) => Promise<Result>,
  undo: () => Promise<void> = async () => {},
): Promise<Result> {
  const { retries, backoff, timeout } = step.patience ?? ONCE;
  for (let retry = 1; ; retry++) {
    try {
      return await (timeout === null ? work(scope) : within(timeout, scope, step, work));
    } catch (thrown) {
      const { retryable, code, message } = toKpiError(thrown);
      if (!retryable || retry > retries || scope.signal.aborted) throw thrown;
      await undo();
      const wait = Math.round(Math.min(backoff * 2 ** (retry - 1), LONGEST_BACKOFF) * (0.5 + Math.random() / 2));
      scope.emit("step:retry", { retry, of: retries, wait, code, message }, { step: step.id });
      await sleep(wait, undefined, { signal: scope.signal }).catch(() => scope.signal.throwIfAborted());
    }
  }
}

async function within<Result>(timeout: number, scope: RunScope, step: Step, work: (scope: RunScope) => Promise<Result>): Promise<Result> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooLong(step, timeout)), timeout);
  const signal = AbortSignal.any([scope.signal, limit.signal]);
  try {
    return await work({ ...scope, signal });
  } catch (thrown) {
    throw whyStopped(thrown, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What reads a source waits for the source. */
function tooLong({ id, role }: Step, timeout: number): KpiError {
  const message = `Cannot finish step "${id}": its timeout of ${timeout / 1000} s is over`;
  return new KpiError(role === "extract" ? "SOURCE_TIMEOUT" : "STEP_TIMEOUT", message, {
    hint: "Raise the step's `timeout`, or lower `batch`",
  });
}
