import { setTimeout as sleep } from "node:timers/promises";
import { KpiError, toKpiError } from "../core/errors.js";
import { LONGEST_BACKOFF, type Patience, type Step } from "../core/pipeline.js";
import { inTime } from "./in-time.js";
import type { RunScope } from "./run-scope.js";

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
  const { retries } = step.patience ?? ONCE;
  for (let retry = 1; ; retry++) {
    try {
      return await tryOnce(scope, step, work);
    } catch (thrown) {
      const error = toKpiError(thrown);
      if (!error.retryable || retry > retries || scope.signal.aborted) throw thrown;
      await undo();
      await pauseBeforeRetry(scope, step, retry, error);
    }
  }
}

/** Does a step's work once, within the step's time. */
export function tryOnce<Result>(scope: RunScope, step: Step, work: (scope: RunScope) => Promise<Result>): Promise<Result> {
  const { timeout } = step.patience ?? ONCE;
  return inTime(
    timeout,
    scope.signal,
    () => tooLong(step),
    (signal) => work({ ...scope, signal }),
  );
}

/** Tells that a step is about to be tried again, and waits until then. */
export async function pauseBeforeRetry(scope: RunScope, step: Step, retry: number, { code, message }: KpiError): Promise<void> {
  const { retries, backoff } = step.patience ?? ONCE;
  const wait = Math.round(Math.min(backoff * 2 ** (retry - 1), LONGEST_BACKOFF) * (0.5 + Math.random() / 2));
  scope.emit("step:retry", { retry, of: retries, wait, code, message }, { step: step.id });
  await sleep(wait, undefined, { signal: scope.signal }).catch(() => scope.signal.throwIfAborted());
}

/** What reads a source waits for the source. */
function tooLong({ id, role, patience }: Step): KpiError {
  const message = `Cannot finish step "${id}": its timeout of ${(patience?.timeout ?? 0) / 1000} s is over`;
  return new KpiError(role === "extract" ? "SOURCE_TIMEOUT" : "STEP_TIMEOUT", message, {
    hint: "Raise the step's `timeout`, or lower `batch`",
  });
}
