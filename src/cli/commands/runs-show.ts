import type { SqlRow } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import type { RunDetails } from "../../core/reports.js";
import type { Command } from "../command.js";
import { formatRun, formatSample } from "../reporters/format-run.js";

interface ShownRun {
  readonly ok: true;
  readonly run: RunDetails;
}

interface ShownSample {
  readonly ok: true;
  readonly run: string;
  readonly step: string;
  readonly rows: readonly SqlRow[];
}

/** `kpi runs show`: what one run did and left, or a look at what one of its steps put out. */
export const runsShow: Command = async ({ flags: { step }, engine: open }, [name]) => {
  const engine = await open();
  const run = await engine.runs.show(requireRun(name, "show"));
  if (step === undefined) return { document: { ok: true, run }, render: (plain: ShownRun, screen) => formatRun(plain.run, screen) };
  const rows = await engine.runs.sample(run.id, step);
  return { document: { ok: true, run: run.id, step, rows }, render: (plain: ShownSample, { width }) => formatSample(plain.rows, width) };
};

/** The operand, which commander takes as optional. Throws USAGE. */
export function requireRun(name: string | undefined, verb: string): string {
  if (name !== undefined) return name;
  throw new KpiError("USAGE", "Cannot tell which run is meant: none is given", { hint: `The newest one: kpi runs ${verb} last` });
}
