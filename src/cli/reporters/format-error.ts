import type { ErrorReport } from "../../core/reports.js";
import type { Paint } from "../colour.js";

/** An error for a person: what happened, its code, where, and what to do. The text must be plain already. */
export function formatError(error: ErrorReport, paint: Paint, next: string | null): string {
  const about = [error.code, error.step && `step ${error.step}`, error.window].filter(Boolean).join(", ");
  const lines = [...(error.hint?.split("\n") ?? []), ...(next === null ? [] : [`Try: ${next}`])];
  return `${paint.red("error:")} ${error.message} ${paint.dim(`(${about})`)}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
