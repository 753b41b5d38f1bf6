import { KpiError } from "../core/errors.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { Grid } from "../core/window.js";
import { gridName } from "./open-grid.js";

/** Windows that are loaded lie on the grid the ledger knows. Throws GRID_CHANGED. */
export function requireGrid(pipeline: WindowedPipeline, grid: Grid, known: string | null): void {
  if (known === null || known === gridName(grid)) return;
  throw new KpiError(
    "GRID_CHANGED",
    `Cannot use "${pipeline.name}" with windows of "${gridName(grid)}": its loaded windows are of "${known}"`,
    {
      hint: "Put the old `every` and `timezone` back, or give the changed pipeline another name and table",
      place: pipeline.place,
    },
  );
}
