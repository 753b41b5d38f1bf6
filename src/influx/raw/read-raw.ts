import { KpiError } from "../../core/errors.js";
import { quoteIdentifier } from "../../core/sql.js";
import { toIso } from "../../core/time.js";
import type { Span, Window } from "../../core/window.js";
import { PointWriter, type Segment, type Slot } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import type { RawQuery } from "../point-query.js";
import type { ReadTarget } from "../read-target.js";
import { NO_TIMES } from "../relation/cells.js";
import { nameColumns } from "../relation/name-columns.js";
import { type DataAsk, readInto } from "../server/read-into.js";
import type { ServerOptions } from "../server/server-options.js";

/** The windows a user's query is run for: each of a span; in a workflow the query is run once, as it is. */
export function rawWindows({ kind, text }: RawQuery, span: Span | null): readonly (Window | null)[] {
  if (span !== null) return span.windows;
  if (!/\$window_(start|end)\b/.test(text)) return [null];
  throw new KpiError("CONFIG_INVALID", `Cannot run the ${kind} query: it asks for its window, and a workflow has none`, {
    hint: "Give the pipeline every:",
  });
}

/** Runs a user's query window by window; its columns come as they are, with `time` and `time_ns` first. */
export async function readRaw(
  options: ServerOptions,
  windows: readonly (Window | null)[],
  ask: (window: Window | null, writer: PointWriter) => DataAsk,
  target: ReadTarget,
): Promise<string> {
  const writer = new PointWriter((columns) => target.append(columns), toTimeRange(null));
  for (const window of windows) {
    writer.range = toTimeRange(window);
    await readInto(options, writer, ask(window, writer), target);
  }
  if (writer.outside > 0) target.warn("ROWS_OUTSIDE", `${writer.outside} rows of the query lie outside their window and are left out`);
  return toSql(writer.slots, await writer.close(), target);
}

function toSql(slots: readonly Slot[], segments: readonly Segment[], target: ReadTarget): string {
  if (segments.length === 0) return `SELECT ${NO_TIMES.join(", ")} WHERE false`;
  const of = (role: Slot["role"]) => slots.filter((slot) => slot.role === role).map(({ name }) => name);
  const names = nameColumns(of("tag"), of("field"), (name, column) =>
    target.warn("NAME_CLASH", `"${name}" is in column "${column}": its own name is taken`),
  );
  const known = new Set(segments.flatMap(({ columns }) => columns.map(({ slot }) => slot)));
  const column = ({ role, name }: Slot, slot: number) => {
    const title = (role === "tag" ? names.tags : names.fields).get(name) ?? name;
    return known.has(slot) ? [`c${slot} AS ${quoteIdentifier(title)}`] : [];
  };
  const columns = ["tag", "field"].flatMap((role) => slots.flatMap((slot, number) => (slot.role === role ? column(slot, number) : [])));
  const union = segments.map(({ table }) => `FROM ${table}`).join(" UNION ALL BY NAME ");
  return `SELECT ${["time", "time_ns", ...columns].join(", ")} FROM (${union})`;
}

/** The moment that stands for a row without a time of its own. */
export function windowStart(window: Window | null): string {
  return toIso(window?.start ?? 0);
}
