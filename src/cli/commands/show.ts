import type { PublishedTable } from "../../core/engine.js";
import { KpiError } from "../../core/errors.js";
import type { Pipeline } from "../../core/pipeline.js";
import { parseDuration } from "../../core/time.js";
import type { Command } from "../command.js";
import type { Last } from "../grammar/flags.js";
import { formatKpis } from "../reporters/format-kpis.js";

interface Shown {
  readonly ok: true;
  readonly pipeline: string;
  readonly tables: readonly PublishedTable[];
}

const DEFAULT_LAST: Last = { windows: 24 };

/** `kpi show`: what a pipeline published last, as a table with a small chart of each metric. */
export const show: Command = async ({ flags, signal, engine: open }, [name]) => {
  const engine = await open();
  const pipeline = engine.pipeline(name);
  const tables = await engine.show(pipeline, { windows: toWindows(flags.last ?? DEFAULT_LAST, pipeline), signal });
  return {
    document: { ok: true, pipeline: pipeline.name, tables },
    render: ({ pipeline: plainName, tables: plain }: Shown, screen) => {
      const shown = plain.filter(({ rows }) => rows.length > 0).map((table) => formatKpis(table, screen));
      return shown.length > 0 ? shown.join("\n") : `${plainName}: nothing is published yet\n  Try: kpi run ${plainName}\n`;
    },
  };
};

function toWindows(last: Last, pipeline: Pipeline): number {
  if ("windows" in last) return last.windows;
  const every = pipeline.kind === "windowed" ? parseDuration(pipeline.every) : null;
  if (every) return Math.ceil(last.ms / every);
  throw new KpiError("USAGE", `Cannot show the last time of "${pipeline.name}": a workflow has no windows`);
}
