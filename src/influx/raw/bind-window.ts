import { toIso } from "../../core/time.js";
import type { Window } from "../../core/window.js";
import type { RawQuery } from "../point-query.js";

/** A user's query for one window: `$window_start` and `$window_end` become times, as its language writes them. */
export function bindWindow({ kind, text }: RawQuery, window: Window | null): string {
  if (window === null) return text;
  return text.replace(/\$window_(?:start|end)\b/g, (name) => TIMES[kind](toIso(name === "$window_start" ? window.start : window.end)));
}

const TIMES: Readonly<Record<RawQuery["kind"], (time: string) => string>> = {
  flux: (time) => time,
  influxql: (time) => `'${time}'`,
  sql: (time) => `TIMESTAMP '${time}'`,
};
