import { KpiError } from "../../core/errors.js";
import type { HoursReport } from "../../core/reports.js";
import type { Command } from "../command.js";
import { readMoment } from "../moments.js";
import { formatHours } from "../reporters/format-hours.js";

/** `kpi hours`: what became of a pipeline's hours, as a picture. */
export const hours: Command = async ({ flags, signal, engine: open }, [name]) => {
  const { last, from, to } = flags;
  if (last !== undefined && from !== undefined)
    throw new KpiError("USAGE", "Cannot tell where the hours begin: one of --last and --from is too much");
  const engine = await open();
  const pipeline = engine.pipeline(name);
  const document = await engine.hours(pipeline, {
    from: from === undefined ? undefined : await readMoment(engine, pipeline, "--from", from),
    to: to === undefined ? undefined : await readMoment(engine, pipeline, "--to", to),
    last,
    signal,
  });
  return { document, render: (plain: HoursReport, screen) => formatHours(plain, screen) };
};
