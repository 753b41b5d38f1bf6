import type { Database } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import type { RelationColumn } from "../../core/relation.js";
import { quoteIdentifier, quoteLiteral } from "../../core/sql.js";
import { fitsType } from "./fits-type.js";
import type { Target } from "./target.js";

export type OnDrift = "evolve" | "freeze";

/** Makes the table where there is none. Throws CONFIG_INVALID where the name is a view's. */
export async function createTable(
  db: Database,
  { name, schema, table }: Target,
  columns: readonly RelationColumn[],
  comment: string,
): Promise<void> {
  await db.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  const typed = columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`);
  try {
    await db.run(`CREATE TABLE ${table} (${typed.join(", ")})`);
  } catch (thrown) {
    if (!(thrown instanceof KpiError && /\bview\b/i.test(thrown.message))) throw thrown;
    throw new KpiError("CONFIG_INVALID", `Cannot publish to "${name}": it is a view`, {
      hint: "Name a table, or drop the view",
      cause: thrown,
    });
  }
  await db.run(`COMMENT ON TABLE ${table} IS ${quoteLiteral(comment)}`);
}

/** A column on either side: what the table has, what the rows need. */
interface Drift {
  readonly name: string;
  readonly have: string | null;
  readonly want: string | null;
}

/**
 * Makes a table that is there fit the rows to come: adds columns, widens numbers.
 * Throws SCHEMA_DRIFT with a report of every column where it may not, or cannot.
 */
export async function fitTable(db: Database, target: Target, want: readonly RelationColumn[], onDrift: OnDrift): Promise<void> {
  const drifts = compare(target.columns ?? [], want);
  const altered = drifts.filter(({ have, want: type }) => type !== null && (have === null || !fitsType(have, type)));
  const refused = onDrift === "freeze" ? drifts.filter((drift) => altered.includes(drift) || drift.want === null) : altered.filter(clashes);
  if (refused.length > 0) throw driftError(target, drifts, refused, onDrift);
  for (const { name, have, want: type } of altered) {
    const column = quoteIdentifier(name);
    await db.run(
      `ALTER TABLE ${target.table} ${have === null ? `ADD COLUMN ${column} ${type}` : `ALTER COLUMN ${column} SET DATA TYPE ${type}`}`,
    );
  }
}

function compare(have: readonly RelationColumn[], want: readonly RelationColumn[]): Drift[] {
  const byName = (columns: readonly RelationColumn[]) => new Map(columns.map(({ name, type }) => [name.toLowerCase(), type]));
  const [has, wants] = [byName(have), byName(want)];
  const kept = have.map(({ name, type }): Drift => ({ name, have: type, want: wants.get(name.toLowerCase()) ?? null }));
  const added = want.filter(({ name }) => !has.has(name.toLowerCase())).map(({ name, type }): Drift => ({ name, have: null, want: type }));
  return [...kept, ...added];
}

function clashes({ have, want }: Drift): boolean {
  return have !== null && want !== null && !fitsType(want, have);
}

function driftError(target: Target, drifts: readonly Drift[], refused: readonly Drift[], onDrift: OnDrift): KpiError {
  const report = drifts.map(({ name, have, want }) => `  ${name}: have ${have ?? "nothing"}, want ${want ?? "nothing"}`);
  const frozen =
    onDrift === "freeze"
      ? "Let the table change with on_drift: evolve, or make the step fit"
      : "Cast in a step, or publish to another table";
  const names = refused.map(({ name }) => `"${name}"`).join(", ");
  return new KpiError("SCHEMA_DRIFT", `Cannot publish to "${target.name}": the table does not fit the step's ${names}`, {
    hint: `${frozen}\n${report.join("\n")}`,
  });
}
