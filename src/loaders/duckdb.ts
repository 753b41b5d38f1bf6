import { z } from "zod";
import { KpiError } from "../core/errors.js";
import { defineLoader, type LoadContext, type LoadReport } from "../core/node.js";
import { createTable, fitTable } from "./lib/fit-table.js";
import { mergeRows, type Rows, replaceRows } from "./lib/publish-rows.js";
import { rowsToPublish } from "./lib/rows-to-publish.js";
import { findTarget, type Target } from "./lib/target.js";
import { inWindows, WINDOW_START, type WindowColumn, windowColumn } from "./lib/window-column.js";

const TABLE = /^(?!_kpi\.)([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*$/i;

const config = z
  .strictObject({
    table: z
      .string()
      .regex(TABLE, "write `table` or `schema.table`: letters, digits and _; the schema _kpi is kpi's own")
      .describe("The table, or schema.table; made where it is missing"),
    mode: z
      .enum(["replace", "merge"])
      .default("replace")
      .describe(
        "replace: a window's rows make way for the new ones (a workflow: all rows); merge: rows are replaced by key, never by those of an older window",
      ),
    key: z.array(z.string().min(1)).min(1).optional().describe("merge: the columns that make up the key"),
    on_drift: z
      .enum(["evolve", "freeze"])
      .default("evolve")
      .describe("evolve: new columns are added, missing ones are NULL, integers widen to doubles; freeze: any difference fails"),
    window_column: z
      .string()
      .min(1)
      .default(WINDOW_START)
      .describe("The column of the table that holds the window's start (TIMESTAMPTZ, or TIMESTAMP in UTC)"),
  })
  .refine(({ mode, key }) => (mode === "merge") === (key !== undefined), {
    path: ["key"],
    message: "mode: merge needs a key, mode: replace has none",
  });

type Settings = z.output<typeof config>;

export default defineLoader({
  type: "duckdb",
  version: 1,
  summary: "Publishes rows to a table of the warehouse, in the transaction that records their windows",
  config,
  examples: [
    { table: "kpi_horario" },
    { table: "plant.state", mode: "merge", key: ["sensor_id"] },
    { table: "legacy_kpis", window_column: "hour", on_drift: "freeze" },
  ],
  commit: "inside",
  table: ({ table }) => table,
  key: ({ key }) => key ?? null,
  published: ({ table, mode, window_column: column }) => (mode === "replace" ? { table, column } : null),
  load: async (settings, context) => {
    const { db, windows, warehouse } = context;
    if (warehouse === null) throw new KpiError("INTERNAL", "Cannot publish: there is no warehouse");
    const target = await findTarget(db, warehouse, settings.table);
    const column = windows === null ? null : windowColumn(settings.window_column, target);
    const rows = await prepare(settings, context, target, column);
    if (rows === null) return { rows: new Map() };
    await (settings.key === undefined ? replaceRows(rows) : mergeRows(rows, keyOf(settings.key, rows)));
    return { rows: await countRows(rows) };
  },
});

/** Makes the table fit what is to come. No rows and no table: there is nothing to do. */
async function prepare(
  settings: Settings,
  { db, input, windows, run }: LoadContext,
  target: Target,
  column: WindowColumn | null,
): Promise<Rows | null> {
  const windowed = column === null || windows === null ? null : { column, windows };
  const shared = { db, table: target.table, windowed };
  if (input === null) return target.columns === null ? null : { ...shared, query: null, columns: [] };
  const { query, columns } = await rowsToPublish(db, input, windows, settings.window_column);
  const start = column === null ? [] : [{ name: column.name, type: column.zoned ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP" }];
  const want = [...start, ...columns];
  if (target.columns === null) await createTable(db, target, want, `Published by kpi: pipeline ${run.pipeline}, step ${run.step}`);
  else await fitTable(db, target, want, settings.on_drift);
  return { ...shared, query, columns: columns.map(({ name }) => name) };
}

function keyOf(key: readonly string[], { query, columns }: Rows): readonly string[] {
  const missing = key.find((name) => !columns.some((column) => column.toLowerCase() === name.toLowerCase()));
  if (query === null || missing === undefined) return key;
  throw new KpiError("STEP_FAILED", `Cannot merge by "${key.join(", ")}": the rows have no column "${missing}"`, {
    hint: `The columns are ${columns.join(", ")}`,
  });
}

/** What the table now holds of the windows; of a workflow, all it holds. */
async function countRows({ db, table, windowed }: Rows): Promise<LoadReport["rows"]> {
  if (windowed === null) {
    const [all] = await db.rows<{ n: number }>(`SELECT count(*) AS n FROM ${table}`);
    return new Map([[null, all?.n ?? 0]]);
  }
  const counts = await db.rows<{ start: number; n: number }>(
    `SELECT epoch_ms(${windowed.column.quoted}) AS start, count(*) AS n FROM ${table} WHERE ${inWindows(windowed.column, windowed.windows)} GROUP BY 1`,
  );
  return new Map(counts.map(({ start, n }) => [start, n]));
}
