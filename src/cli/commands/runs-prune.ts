import { parseDuration } from "../../core/time.js";
import type { Command } from "../command.js";
import { formatNumberOf } from "../text/format.js";

interface Pruned {
  readonly ok: true;
  /** The ids of the runs whose folders are gone. */
  readonly removed: readonly string[];
}

/** `kpi runs prune`: removes the folders of runs that ended long ago. */
export const runsPrune: Command = async ({ flags, engine: open }) => {
  const engine = await open();
  const age = flags.olderThan ?? parseDuration("30d") ?? 0;
  // by the machine's own clock, as the files' times are, whatever --now says
  const removed = await engine.runs.prune(Date.now() - age);
  return {
    document: { ok: true, removed },
    render: (plain: Pruned) => (flags.quiet ? "" : `${formatNumberOf(plain.removed.length, "run")} removed\n`),
  };
};
