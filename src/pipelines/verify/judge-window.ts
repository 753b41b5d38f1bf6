import { toIso } from "../../core/time.js";
import type { Verdict, VerifiedWindow } from "../../core/verification.js";
import type { Window } from "../../core/window.js";
import type { SourceTallies } from "../with-tally.js";
import type { LedgerWindow } from "./read-windows.js";

/** All that is known of a window. */
export interface Evidence {
  readonly window: Window;
  /** Undefined: nobody has tried it. */
  readonly ledger: LedgerWindow | undefined;
  readonly tallies: SourceTallies;
  /** The tables whose rows can be counted, each with the rows it holds of the window. */
  readonly published: ReadonlyMap<string, number>;
}

/** Says whether source, ledger and warehouse agree about a window. */
export function judgeWindow(evidence: Evidence): VerifiedWindow {
  const { window, ledger, published } = evidence;
  return {
    ...{ start: toIso(window.start), end: toIso(window.end) },
    source_rows: sourceRows(evidence),
    loaded_source_rows: ledger?.sourceRows ?? null,
    ledger_rows: ledger === undefined || published.size === 0 ? null : sum([...published.keys()].map((table) => rowsOf(ledger, table))),
    warehouse_rows: published.size === 0 ? null : sum([...published.values()]),
    verdict: verdict(evidence),
  };
}

function verdict({ window, ledger, tallies, published }: Evidence): Verdict {
  const status = ledger?.status;
  if (ledger === undefined || status === "reopened") return "missing";
  if (status === "failed" || status === "skipped" || status === "adopted") return status;
  const source = compareSource(ledger, tallies, window);
  const warehouse = [...published].some(([table, rows]) => rows !== rowsOf(ledger, table));
  if (source === "differs") return warehouse ? "both_differ" : "source_differs";
  return warehouse ? "warehouse_differs" : source;
}

/** Exact counts are compared with the values that were read, step by step and field by field. */
function compareSource({ sources }: LedgerWindow, tallies: SourceTallies, { start }: Window): "same" | "differs" | "unknown" {
  const steps = Object.entries(sources);
  const differs = steps.some(([step, fields]) => {
    const tally = tallies.get(step);
    if (tally === undefined) return false;
    const now = tally.windows.get(start) ?? {};
    return [...new Set([...Object.keys(fields), ...Object.keys(now)])].some(
      (name) => (fields[name]?.values ?? 0) !== (now[name]?.count ?? 0),
    );
  });
  if (differs) return "differs";
  return steps.every(([step]) => tallies.has(step)) ? "same" : "unknown";
}

function sourceRows({ window, tallies }: Evidence): number | null {
  if (tallies.size === 0) return null;
  return sum([...tallies.values()].flatMap(({ windows }) => Object.values(windows.get(window.start) ?? {}).map(({ count }) => count)));
}

function rowsOf({ outputs }: LedgerWindow, table: string): number {
  return outputs[table]?.rows ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
