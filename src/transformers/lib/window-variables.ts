import { timestampLiteral } from "../../core/sql.js";
import type { Window } from "../../core/window.js";
import { scanSql } from "./scan-sql.js";

const VARIABLE = /\$window_(start|end)\b/g;

/** Whether `$window_start` or `$window_end` stands in the code of the text. */
export function usesWindow(sql: string): boolean {
  return scanSql(sql).some(({ code, text }) => code && text.search(VARIABLE) >= 0);
}

/** Puts TIMESTAMPTZ literals in place of `$window_start` and `$window_end`; texts, quoted names and comments stay as they are. */
export function withWindow(sql: string, window: Window): string {
  const literals: Readonly<Record<string, string>> = { start: timestampLiteral(window.start), end: timestampLiteral(window.end) };
  const pieces = scanSql(sql).map(({ code, text }) =>
    code ? text.replace(VARIABLE, (_, bound: string) => literals[bound] as string) : text,
  );
  return pieces.join("");
}
