import type { Step } from "../core/pipeline.js";
import { qualify, quoteLiteral } from "../core/sql.js";
import type { RunScope } from "./run-scope.js";

/** Drops what a try of a step has made in a span's schema. */
export async function dropStep({ workspace, signal }: RunScope, schema: string, { id, node, settings }: Step): Promise<void> {
  const ports = node.role === "transform" ? (node.ports?.(settings) ?? []) : [];
  const names = [id, ...ports.map((port) => `${id}__${port}`)];
  await using db = await workspace.connect(signal);
  const made = await db.rows<{ name: string; kind: string }>(
    `SELECT table_name AS name, CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END AS kind FROM information_schema.tables
      WHERE table_schema = ${quoteLiteral(schema)}
        AND (table_name IN (${names.map(quoteLiteral).join(", ")}) OR regexp_full_match(table_name, ${quoteLiteral(`${id}__appended_-?\\d*_\\d+`)}))`,
  );
  for (const { name, kind } of made) await db.run(`DROP ${kind} ${qualify(schema, name)}`);
}
