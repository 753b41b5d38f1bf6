import type { Database } from "../core/database.js";
import { KpiError } from "../core/errors.js";
import type { StepInput } from "../core/pipeline.js";
import type { RelationColumn } from "../core/relation.js";
import { timestampLiteral } from "../core/sql.js";
import type { Instant } from "../core/time.js";

/** The column that tells to which window a row of a span belongs: TIMESTAMPTZ. */
export const WINDOW_START = "window_start";

/** The schema of tables that stay until the run ends. */
export const AHEAD = "ahead";

/** A relation as it lies in the workspace. */
export interface RelationTable {
  /** Quoted and qualified. */
  readonly table: string;
  /** Without `window_start`. */
  readonly columns: readonly RelationColumn[];
  readonly windowed: boolean;
  readonly rows: number;
  /** Starts of the windows in which its branch is taken; null = all. A relation whose branch is never taken does not exist. */
  readonly open: ReadonlySet<Instant> | null;
}

/** The relations of a span or a workflow, by `step` or `step.port`. */
export type Relations = ReadonlyMap<string, RelationTable>;

export function relationKey(step: string, port: string | null): string {
  return port === null ? step : `${step}.${port}`;
}

/** The relations a step reads, by alias; null when one of them does not exist, so that the step is skipped. */
export function inputsOf(from: readonly StepInput[], relations: Relations): ReadonlyMap<string, RelationTable> | null {
  const inputs = new Map<string, RelationTable>();
  for (const { alias, step, port } of from) {
    const relation = relations.get(relationKey(step, port));
    if (relation === undefined) return null;
    inputs.set(alias, relation);
  }
  return inputs;
}

/** The windows in which all of the inputs have their branch taken; null = all. */
export function commonOpen(inputs: Iterable<RelationTable>): ReadonlySet<Instant> | null {
  const [first, ...others] = [...inputs].map(({ open }) => open).filter((open) => open !== null);
  if (first === undefined) return null;
  return new Set([...first].filter((start) => others.every((other) => other.has(start))));
}

/** Makes a table of a query's rows; resolves to how many there are. */
export async function createTable(db: Database, table: string, query: string): Promise<number> {
  const [made] = await db.rows<{ Count: number }>(`CREATE TABLE ${table} AS ${query}`);
  return made?.Count ?? 0;
}

/** Looks up the columns of a table or view that was just made. Throws STEP_FAILED where a windowed one does not tell which window its rows belong to. */
export async function inspect(
  db: Database,
  table: string,
  rows: number,
  windowed: boolean,
  open: ReadonlySet<Instant> | null,
): Promise<RelationTable> {
  const columns = await db.describe(`SELECT * FROM ${table}`);
  if (windowed && !columns.some(({ name, type }) => name === WINDOW_START && type === "TIMESTAMP WITH TIME ZONE")) {
    throw new KpiError(
      "STEP_FAILED",
      `Cannot use the step over spans: its result has no column "${WINDOW_START}" of type TIMESTAMP WITH TIME ZONE`,
      {
        hint: "Keep window_start in the result, or leave `spans` out so that the step runs window by window",
      },
    );
  }
  return { table, columns: columns.filter(({ name }) => !windowed || name !== WINDOW_START), windowed, rows, open };
}

/** `window_start IN (…)` over some windows; always true for null. */
export function inWindows(starts: Iterable<Instant> | null): string {
  if (starts === null) return "true";
  const literals = [...starts].map(timestampLiteral);
  return literals.length === 0 ? "false" : `${WINDOW_START} IN (${literals.join(", ")})`;
}

/** Rows of a windowed relation by window; windows without rows are left out. */
export async function rowsByWindow(db: Database, { table }: RelationTable): Promise<ReadonlyMap<Instant, number>> {
  const rows = await db.rows<{ start: number; n: number }>(
    `SELECT epoch_ms(${WINDOW_START}) AS start, count(*) AS n FROM ${table} GROUP BY 1`,
  );
  return new Map(rows.map(({ start, n }) => [start, n]));
}
