import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Workspace } from "../core/database.js";
import { quoteLiteral } from "../core/sql.js";
import { writeOnce } from "../files/write-once.js";

/**
 * Makes an empty DuckDB file where there is none: elsewhere, then all at once. Where DuckDB itself makes it, whoever is killed meanwhile leaves one that does not
 * open. Throws CANNOT_WRITE.
 */
export async function makeDatabase(workspace: Workspace, path: string): Promise<void> {
  if (existsSync(path)) return;
  const elsewhere = join(workspace.scratch, "empty.duckdb");
  await using db = await workspace.connect();
  await db.run(`ATTACH IF NOT EXISTS ${quoteLiteral(elsewhere)} AS empty`);
  await db.run("DETACH empty");
  writeOnce(path, readFileSync(elsewhere), { mode: 0o666, durable: true });
}
