import { KpiError } from "../../core/errors.js";
import type { RunEntry } from "../../core/reports.js";
import { type Instant, parseInstant } from "../../core/time.js";
import type { Command } from "../command.js";
import type { Flags, Last } from "../grammar/flags.js";
import { formatRuns } from "../reporters/format-runs.js";

interface Runs {
  readonly ok: true;
  readonly runs: readonly RunEntry[];
}

const DEFAULT_LAST: Last = { windows: 20 };

/** `kpi runs list`: the newest runs, of all pipelines or of one. */
export const runsList: Command = async (session, [name]) => {
  const { status, last = DEFAULT_LAST } = session.flags;
  const engine = await session.engine();
  const bound = "ms" in last ? { since: session.now() - last.ms } : { most: last.windows };
  const runs = await engine.runs.list({ pipeline: name, status, window: readWindow(session.flags), ...bound });
  // a pipeline that is configured no longer may have left runs; without any, the name is a mistake
  if (runs.length === 0 && name !== undefined) engine.pipeline(name);
  return { document: { ok: true, runs }, render: (plain: Runs, screen) => formatRuns(plain.runs, screen) };
};

/** Runs of several pipelines are looked through, so a bare date has no time zone. Throws USAGE. */
function readWindow({ window: text }: Flags): Instant | undefined {
  const window = text === undefined ? undefined : parseInstant(text);
  if (window !== null) return window;
  throw new KpiError("USAGE", `Cannot read --window "${text}": a time with its offset is expected`, {
    hint: "Times are written 2026-01-01T10:00:00Z",
  });
}
