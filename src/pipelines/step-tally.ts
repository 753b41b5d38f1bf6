import { type KpiError, toKpiError } from "../core/errors.js";
import type { Emit } from "../core/events.js";
import type { Step } from "../core/pipeline.js";
import type { StepReport } from "../core/reports.js";

interface Totals {
  done: number;
  failed: number;
  rows: number;
  ms: number;
}

/** Times steps, tells of their beginning and end, and adds up what the run's report says of them. */
export class StepTally {
  readonly #emit: Emit;
  readonly #totals = new Map<string, Totals>();

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Runs a step's work, which resolves to its rows and a result. What it throws is known to have happened in the step. */
  async time<Result>(step: Step, work: () => Promise<{ readonly rows: number; readonly result: Result }>): Promise<Result> {
    const started = performance.now();
    this.#emit("step:start", { type: step.node.type }, { step: step.id });
    try {
      const { rows, result } = await work();
      this.#end(step.id, "done", rows, performance.now() - started);
      return result;
    } catch (thrown) {
      this.#end(step.id, "failed", 0, performance.now() - started);
      throw inStep(toKpiError(thrown), step.id);
    }
  }

  skip(step: Step): void {
    this.#end(step.id, "skipped", 0, 0);
  }

  /** In the order of the steps; those that never ran are skipped. */
  reports(steps: readonly Step[]): StepReport[] {
    return steps.map(({ id }) => {
      const { done, failed, rows, ms } = this.#totals.get(id) ?? NOTHING;
      return { id, status: failed > 0 ? "failed" : done > 0 ? "done" : "skipped", rows, ms: Math.round(ms) };
    });
  }

  /** A failure after which the step is tried again does not count. */
  forgive(step: string): void {
    const totals = this.#totals.get(step);
    if (totals !== undefined) totals.failed -= 1;
  }

  #end(step: string, status: StepReport["status"], rows: number, ms: number): void {
    const totals = this.#totals.get(step) ?? { ...NOTHING };
    if (status !== "skipped") totals[status] += 1;
    this.#totals.set(step, { ...totals, rows: totals.rows + rows, ms: totals.ms + ms });
    this.#emit("step:end", { status, rows, ms: Math.round(ms) }, { step });
  }
}

const NOTHING: Readonly<Totals> = { done: 0, failed: 0, rows: 0, ms: 0 };

function inStep(error: KpiError, step: string): KpiError {
  return error.step === undefined ? error.inStep(step) : error;
}
