import type { Check } from "../../core/check.js";
import type { Database } from "../../core/database.js";
import { KpiError, toKpiError } from "../../core/errors.js";
import type { Step } from "../../core/pipeline.js";
import { qualify } from "../../core/sql.js";
import { type Instant, toIso } from "../../core/time.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import type { Window } from "../../core/window.js";
import { inTime } from "../in-time.js";
import type { Relations } from "../relation-table.js";
import type { RunScope } from "../run-scope.js";
import { compileRule, type Lookup, type Measure } from "./compile-rule.js";
import { judge } from "./judge.js";
import { keepFailingRows } from "./keep-failing-rows.js";
import { requireColumns } from "./rule-columns.js";
import { checking, type Scanned, scanRelation } from "./scan-relation.js";
import { readsWarehouse, type Subject, subjectsOf } from "./subjects.js";
import { usualRows } from "./usual-rows.js";

/** What did not hold, by start of window; under null what belongs to no window. */
export type CheckFailures = ReadonlyMap<Instant | null, KpiError>;

/**
 * Makes the checks of some steps that need no warehouse, each window on its own; `windows` null: a workflow. What only warns is told.
 * Throws STEP_FAILED for a check that cannot be made, such as one of a column there is not.
 */
export async function checkRelations(
  scope: RunScope,
  steps: readonly Step[],
  relations: Relations,
  windows: readonly Window[] | null,
): Promise<CheckFailures> {
  const subjects = subjectsOf(steps, relations, (rule) => !readsWarehouse(rule));
  if (subjects.length === 0 || windows?.length === 0) return new Map();
  await using db = await scope.workspace.connect(scope.signal);
  return await new Examination(scope, db, null, relations, windows).of(subjects);
}

/** The same for checks that read published tables, inside the publishing transaction. Throws CHECK_FAILED besides. */
export async function checkInside(
  scope: RunScope,
  warehouse: OpenWarehouse,
  relations: Relations,
  windows: readonly Window[] | null,
): Promise<void> {
  const subjects = subjectsOf(scope.steps, relations, readsWarehouse);
  if (subjects.length === 0 || windows?.length === 0) return;
  const failures = await new Examination(scope, warehouse.db, warehouse, relations, windows).of(subjects);
  for (const failure of failures.values()) throw failure;
}

/** Whether any step has such checks. */
export function hasChecksInside(steps: readonly Step[]): boolean {
  return steps.some(({ checks }) => checks?.some(({ rule }) => readsWarehouse(rule)));
}

class Examination {
  readonly #scope: RunScope;
  readonly #db: Database;
  readonly #warehouse: OpenWarehouse | null;
  readonly #relations: Relations;
  readonly #windows: readonly Window[] | null;
  readonly #failures = new Map<Instant | null, KpiError>();

  constructor(scope: RunScope, db: Database, warehouse: OpenWarehouse | null, relations: Relations, windows: readonly Window[] | null) {
    this.#scope = scope;
    this.#db = db;
    this.#warehouse = warehouse;
    this.#relations = relations;
    this.#windows = windows;
  }

  async of(subjects: readonly Subject[]): Promise<CheckFailures> {
    for (const subject of subjects) {
      await this.#inTime(subject).catch((thrown: unknown) => {
        throw toKpiError(thrown).inStep(subject.step.id);
      });
    }
    return this.#failures;
  }

  /** Checks are no part of a try of their step, but they may take as long as one. */
  #inTime(subject: Subject): Promise<void> {
    const { step } = subject;
    const time = step.patience?.timeout ?? null;
    return inTime(
      time,
      this.#scope.signal,
      () => tooLong(step.id, time),
      async (signal) => {
        using db = this.#db.within(signal);
        await this.#examine(subject, db);
      },
    );
  }

  async #examine(subject: Subject, db: Database): Promise<void> {
    const { name, relation, checks } = subject;
    for (const { rule } of checks) requireColumns(name, relation, rule);
    const measures = checks.map(({ rule }) => compileRule(rule, relation.windowed, this.#lookup));
    const windows =
      relation.windowed && this.#windows !== null ? this.#windows.filter(({ start }) => relation.open?.has(start) ?? true) : null;
    const scanned = await scanRelation(db, name, relation, measures, windows?.map(({ start }) => start) ?? null);
    for (const window of windows ?? [null]) {
      const found = scanned.find(({ start }) => start === (window?.start ?? null));
      for (const [index, check] of checks.entries()) {
        const measure = measures[index];
        if (measure !== undefined) await this.#settle(subject, check, { db, measure, index, window, found });
      }
    }
  }

  async #settle(subject: Subject, check: Check, { db, measure, index, window, found }: Place): Promise<void> {
    const rows = found?.rows ?? 0;
    const until = window?.end ?? this.#windows?.at(-1)?.end ?? this.#scope.clock.now();
    const state = judge(check.rule, { rows, found: found?.found[index] ?? null, until, usual: await this.#usual(subject, check, window) });
    if (state === null) return;
    const { step, name, relation } = subject;
    const start = window?.start ?? null;
    const file = `${step.id}.${check.rule.kind}-${index + 1}`;
    const path = measure.ofRows ? await keepFailingRows(this.#scope, db, relation, measure, file, start) : null;
    const kept = path === null ? "" : `; they are kept in "${path}"`;
    if (check.severity === "warn") this.#warn(`"${name}": ${state}${kept}`, step.id, window);
    else if (!this.#failures.has(start)) this.#failures.set(start, checkFailed(`Cannot accept "${name}": ${state}${kept}`, step.id));
  }

  #warn(message: string, step: string, window: Window | null): void {
    const name = window === null ? null : { start: toIso(window.start), end: toIso(window.end) };
    const at = name === null ? "" : `${name.start}: `;
    this.#scope.emit("warning", { code: "CHECK_FAILED", message: at + message }, { step, ...(name !== null && { window: name }) });
  }

  async #usual({ step }: Subject, { rule }: Check, window: Window | null): Promise<number | null> {
    const { grid, pipeline } = this.#scope;
    if (rule.kind !== "usual_row_count" || this.#warehouse === null || window === null || grid === null || step.role !== "load")
      return null;
    const table = step.node.table(step.settings) ?? step.id;
    return checking(step.id, () => usualRows(this.#warehouse as OpenWarehouse, { pipeline, table, grid }, window, rule.weeks));
  }

  readonly #lookup: Lookup = (of) => {
    if ("step" in of) return this.#relations.get(of.step) ?? null;
    const [table = "", schema = "main"] = of.table.split(".").reverse();
    return { table: qualify(this.#warehouse?.catalog ?? "", schema, table), windowed: false };
  };
}

function checkFailed(message: string, step: string): KpiError {
  return new KpiError("CHECK_FAILED", message, {
    hint: "Mend the source or the step; with severity: warn the rows are published all the same",
    step,
  });
}

function tooLong(step: string, time: number | null): KpiError {
  return new KpiError("STEP_TIMEOUT", `Cannot finish the checks of step "${step}": its timeout of ${(time ?? 0) / 1000} s is over`, {
    hint: "Raise the step's `timeout`, or lower `batch`",
  });
}

interface Place {
  readonly db: Database;
  readonly measure: Measure;
  readonly index: number;
  readonly window: Window | null;
  readonly found: Scanned | undefined;
}
