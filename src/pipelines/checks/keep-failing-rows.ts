import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Database } from "../../core/database.js";
import { quoteLiteral } from "../../core/sql.js";
import { type Instant, toIso } from "../../core/time.js";
import type { RelationTable } from "../relation-table.js";
import type { RunScope } from "../run-scope.js";
import type { Measure } from "./compile-rule.js";
import { rowsOf } from "./scan-relation.js";

/** Nobody reads more, and a run's folder should stay small. */
const MOST_ROWS = 10_000;

/** Writes the rows of a window that fail, as NDJSON, into the run's folder. Resolves to the file's path from the project's folder; null where nothing is kept. */
export async function keepFailingRows(
  { folders, copying }: RunScope,
  db: Database,
  relation: RelationTable,
  { each }: Measure,
  name: string,
  start: Instant | null,
): Promise<string | null> {
  if (folders.run === null) return null;
  const folder = join(folders.run, "checks");
  await mkdir(folder, { recursive: true });
  const file = start === null ? `${name}.ndjson` : `${name}.${toIso(start).replaceAll(":", "")}.ndjson`;
  const path = join(folder, file);
  const marked = `SELECT *, (${each}) AS __fails FROM ${rowsOf(relation, start === null ? null : [start])}`;
  const failing = `SELECT * EXCLUDE (__fails) FROM (${marked}) WHERE __fails LIMIT ${MOST_ROWS}`;
  await copying(() => db.run(`COPY (${failing}) TO ${quoteLiteral(path)} (FORMAT json)`));
  return relative(folders.project, path);
}
