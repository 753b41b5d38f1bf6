import type { SourceCounts } from "../core/node.js";
import type { Step } from "../core/pipeline.js";
import { qualify, quoteLiteral } from "../core/sql.js";
import type { Instant } from "../core/time.js";
import type { Span } from "../core/window.js";
import { allSettled } from "./all-settled.js";
import { type Extracted, type ExtractStep, extractStep } from "./extract-step.js";
import { inputsOf, inWindows, type Relations, type RelationTable } from "./relation-table.js";
import type { RunScope } from "./run-scope.js";
import { transformStep } from "./transform-step.js";

/** What extraction brought for a span, or for a workflow. */
export interface Extraction {
  readonly schema: string;
  readonly relations: Relations;
  /** By step: source rows by window and field. Only steps whose rows belong to windows. */
  readonly counts: ReadonlyMap<string, SourceCounts>;
}

let schemas = 0;

/** Extracts a span: all extractors at once, as far as `max_parallel` goes, into a schema of the workspace of its own. */
export async function extractSpan(scope: RunScope, span: Span | null): Promise<Extraction> {
  await scope.workspace.allThreads();
  schemas += 1;
  const schema = `s${schemas}`;
  await withConnection(scope, (db) => db.run(`CREATE SCHEMA ${qualify(schema)}`));
  const steps = scope.steps.filter((step): step is ExtractStep => step.role === "extract");
  const extracted = await allSettled(
    steps.map((step) => scope.limit(async (): Promise<[ExtractStep, Extracted]> => [step, await extractStep(scope, schema, step, span)])),
  );
  return {
    schema,
    relations: new Map(extracted.map(([step, { relation }]) => [step.id, relation])),
    counts: new Map(extracted.flatMap(([step, { counts }]) => (counts === null ? [] : [[step.id, counts]]))),
  };
}

/** Drops what a span left in the workspace. */
export async function dropSpan(scope: RunScope, schema: string): Promise<void> {
  await using db = await scope.workspace.connect();
  await db.run(`DROP SCHEMA IF EXISTS ${qualify(schema)} CASCADE`);
}

/** Runs the transformers as their inputs become ready. `windows`: those that have points; others are kept away from the steps. */
export async function transformSpan(scope: RunScope, extraction: Extraction, span: Span | null): Promise<Relations> {
  const relations = new Map(await onlyWindows(scope, extraction, span));
  const pending = new Map<string, Promise<void>>();
  for (const step of scope.steps) {
    if (step.role !== "transform") continue;
    const before = step.from.map(({ step: id }) => pending.get(id)).filter((promise) => promise !== undefined);
    pending.set(
      step.id,
      Promise.all(before).then(async () => {
        const inputs = inputsOf(step.from, relations);
        if (inputs === null) return scope.tally.skip(step);
        const made = await scope.limit(() => transformStep(scope, extraction.schema, step, inputs, span));
        for (const [key, relation] of made) relations.set(key, relation);
      }),
    );
  }
  await allSettled([...pending.values()]);
  await sampleAll(scope, relations);
  return relations;
}

/** Windowed relations reduced to the windows of the span that are to be computed. */
async function onlyWindows(scope: RunScope, { relations, schema }: Extraction, span: Span | null): Promise<Relations> {
  if (span === null || isWhole(span) || [...relations.values()].every(({ windowed }) => !windowed)) return relations;
  const starts = span.windows.map(({ start }) => start);
  return withConnection(scope, async (db) => {
    const reduced = new Map<string, RelationTable>();
    for (const [key, relation] of relations) {
      if (!relation.windowed) reduced.set(key, relation);
      else {
        const view = qualify(schema, `${key}__wanted`);
        await db.run(`CREATE VIEW ${view} AS SELECT * FROM ${relation.table} WHERE ${inWindows(starts)}`);
        reduced.set(key, { ...relation, table: view });
      }
    }
    return reduced;
  });
}

/** Whether every window between the span's bounds is wanted. */
function isWhole({ windows, start, end }: Span): boolean {
  return windows.reduce((sum, window) => sum + window.end - window.start, 0) === end - start;
}

/** A look at each relation, at most 100 rows, in the run's folder. */
async function sampleAll(scope: RunScope, relations: Relations): Promise<void> {
  const { run } = scope.folders;
  if (run === null) return;
  await withConnection(scope, async (db) => {
    for (const [key, { table }] of relations) {
      const path = quoteLiteral(`${run}/samples/${key}.ndjson`);
      await scope.copying(() => db.run(`COPY (SELECT * FROM ${table} LIMIT 100) TO ${path} (FORMAT json)`));
    }
  });
}

async function withConnection<Result>(
  scope: RunScope,
  work: (db: Awaited<ReturnType<RunScope["workspace"]["connect"]>>) => Promise<Result>,
): Promise<Result> {
  await using db = await scope.workspace.connect(scope.signal);
  return await work(db);
}

/** The source rows of a window: over all windowed extractors and their fields. */
export function sourceRows({ counts }: Extraction, start: Instant): number {
  let sum = 0;
  for (const byWindow of counts.values()) for (const { values } of Object.values(byWindow.get(start) ?? {})) sum += values;
  return sum;
}

/** What the ledger keeps of a window's sources: by step and field. */
export function sourcesOf({ counts }: Extraction, start: Instant): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...counts].map(([step, byWindow]) => [step, byWindow.get(start) ?? {}]));
}

export type LoadStep = Extract<Step, { role: "load" }>;

export function loadSteps(steps: readonly Step[]): LoadStep[] {
  return steps.filter((step): step is LoadStep => step.role === "load");
}
