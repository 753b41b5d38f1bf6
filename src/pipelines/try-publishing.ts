import { type KpiError, toKpiError } from "../core/errors.js";
import { type LoadStep, loadSteps } from "./compute-span.js";
import type { RunScope } from "./run-scope.js";
import { pauseBeforeRetry } from "./try-step.js";

/**
 * Publishes as often as the loaders' settings allow. A transaction that failed has left nothing, so all of it is tried again: as its loader says where one of
 * them failed in a way that may pass, as the most patient one says where another process holds the warehouse.
 */
export async function tryPublishing<Result>(scope: RunScope, publish: () => Promise<Result>): Promise<Result> {
  for (let retry = 1; ; retry++) {
    try {
      return await publish();
    } catch (thrown) {
      const error = toKpiError(thrown);
      const step = loaderOf(scope, error);
      if (step === undefined || !error.retryable || retry > (step.patience?.retries ?? 0) || scope.signal.aborted) throw thrown;
      if (error.step === step.id) scope.tally.forgive(step.id);
      await pauseBeforeRetry(scope, step, retry, error);
    }
  }
}

/** The loader whose settings say what becomes of a failure; undefined where it is not theirs. */
function loaderOf({ steps }: RunScope, { code, step: id }: KpiError): LoadStep | undefined {
  const loaders = loadSteps(steps).filter(({ node }) => node.commit === "inside");
  if (code !== "WAREHOUSE_HELD") return loaders.find((step) => step.id === id);
  return loaders.toSorted((a, b) => (b.patience?.retries ?? 0) - (a.patience?.retries ?? 0))[0];
}
