import { KpiError } from "../core/errors.js";
import type { PipelineState } from "../core/state-store.js";
import { type Instant, toIso } from "../core/time.js";

export interface ReconcileInput {
  readonly pipeline: string;
  readonly stored: PipelineState | null;
  readonly ledger: { readonly cursor: Instant | null; readonly firstHour: Instant | null; readonly missingTables: readonly string[] };
}

/** Throws STATE_AHEAD where the state store knows of windows, or the ledger of tables, that the warehouse does not hold: a person must settle that. */
export function requireNotAhead({ pipeline, stored, ledger }: ReconcileInput): void {
  const hour = stored?.last_processed_hour ?? null;
  const first = (ledger.firstHour === null ? null : toIso(ledger.firstHour)) ?? stored?.first_hour ?? hour;
  const rebuild = `kpi state reset ${pipeline} --from ${first} --yes && kpi run ${pipeline}`;
  if (ledger.missingTables.length > 0) {
    throw new KpiError(
      "STATE_AHEAD",
      `Cannot run "${pipeline}": the warehouse has lost its table ${ledger.missingTables.map((table) => `"${table}"`).join(", ")}`,
      {
        hint: `To rebuild it: ${rebuild}`,
      },
    );
  }
  if (hour === null || (ledger.cursor !== null && Date.parse(hour) <= ledger.cursor)) return;
  const knows = ledger.cursor === null ? "the warehouse has no processed hour" : `the warehouse ends at ${toIso(ledger.cursor)}`;
  throw new KpiError("STATE_AHEAD", `Cannot run "${pipeline}" from the state's hour "${hour}": ${knows}`, {
    hint: `To rebuild everything: ${rebuild}. To take the hours as done elsewhere: kpi state set ${pipeline} ${hour} --adopt --yes`,
  });
}
