import { KpiError } from "../core/errors.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { loadSteps } from "./compute-span.js";
import { foreignOwners } from "./read-ledger.js";

/** A table has one owner: two pipelines on one table would remove each other's rows. Throws TABLE_OWNED. */
export async function requireOwnTables(
  open: OpenWarehouse,
  pipeline: { readonly name: string; readonly steps: WindowedPipeline["steps"] },
): Promise<void> {
  const tables = loadSteps(pipeline.steps).flatMap((step) => step.node.table(step.settings) ?? []);
  const [owned] = await foreignOwners(open, pipeline.name, tables);
  if (owned === undefined) return;
  throw new KpiError(
    "TABLE_OWNED",
    `Cannot publish "${pipeline.name}" to the table "${owned[0]}": it belongs to the pipeline "${owned[1]}"`,
    { hint: "Give this pipeline a table of its own" },
  );
}
