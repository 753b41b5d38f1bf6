import type { RunEvent } from "../../core/events.js";
import { hasColour, openPaint } from "../colour.js";
import type { Command } from "../command.js";
import { createLogLines } from "../reporters/log-lines.js";
import { requireRun } from "./runs-show.js";

/** `kpi runs logs`: a run's events as lines, as they come; with `--json` all of them at the end. */
export const runsLogs: Command = async ({ flags, host, output, signal, engine: open }, [name]) => {
  const engine = await open();
  const { json = false, follow = false } = flags;
  const lines = createLogLines(await openPaint(hasColour(host, host.stdout, flags.color !== false)));
  const events: RunEvent[] = [];
  for await (const event of engine.runs.events(requireRun(name, "logs"), { follow, signal })) {
    if (json) events.push(event);
    else output.result(lines.line(event));
  }
  if (!json) output.result(lines.end());
  return { document: { ok: true, events }, render: () => "" };
};
