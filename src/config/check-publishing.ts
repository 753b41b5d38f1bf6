import { type DraftStep, isWhole, type WholeStep } from "./draft-step.js";
import type { Field } from "./field.js";

/** Who publishes to which table, over all pipelines. */
export type Tables = Map<string, string>;

/** A table has one owner: a second loader on it is an error. */
export function checkTables(pipeline: string, steps: readonly DraftStep[], tables: Tables): void {
  for (const { id, field, node, settings } of steps.filter(isWhole)) {
    const table = node.role === "load" ? node.table(settings) : null;
    if (table === null) continue;
    const key = table.toLowerCase().replace(/^main\./, "");
    const owner = tables.get(key);
    if (owner === undefined) tables.set(key, `step "${id}" of pipeline "${pipeline}"`);
    else
      (field.get("table") ?? field).error(
        `Cannot publish to "${table}" from step "${id}": ${owner} publishes to it`,
        "Give each loader a table of its own",
      );
  }
}

/** Hours that publish nothing would count as done, so that is an error; a workflow may just be looked at. Steps that lead nowhere are named. */
export function checkPublishing(pipeline: Field, steps: readonly WholeStep[], windowed: boolean): void {
  const needed = new Set<string>();
  for (const { id, node, inputs } of [...steps].reverse()) {
    if (node.role !== "load" && node.effect !== "external" && !needed.has(id)) continue;
    needed.add(id);
    for (const { step } of inputs) needed.add(step);
  }
  if (needed.size === 0) {
    const message = "Cannot publish anything: no step of the pipeline loads";
    const hint = "Add a step such as publish: { load: duckdb, from: STEP, table: TABLE }";
    if (windowed) pipeline.keyError(message, hint);
    else pipeline.warn(message, hint);
    return;
  }
  for (const { id, field } of steps)
    if (!needed.has(id)) field.warn(`Step "${id}" leads nowhere: no loader reads from it`, "Remove it, or read from it");
}
