import { toIso } from "../../core/time.js";
import type { Window } from "../../core/window.js";
import type { HttpAsk } from "../../http/http-client.js";

/** What a step asks a server, with `$window_start` and `$window_end` still in it. */
export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | boolean>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
}

const VARIABLE = /\$window_(start|end)\b/g;

export function usesWindow({ path, query, body = null }: Pick<Question, "path" | "query" | "body">): boolean {
  return JSON.stringify([path, query, body]).search(VARIABLE) >= 0;
}

/** Fills in the window's bounds as RFC 3339 in UTC. */
export function askFor({ method, path, query, headers, body }: Question, window: Window | null): HttpAsk {
  const fill = (text: string) =>
    window === null ? text : text.replaceAll(VARIABLE, (_, bound: string) => toIso(bound === "start" ? window.start : window.end));
  const fillAny = (_: string, value: unknown) => (typeof value === "string" ? fill(value) : value);
  return {
    method,
    path: fill(path),
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, fill(String(value))])),
    headers,
    body: body === undefined ? null : typeof body === "string" ? fill(body) : JSON.stringify(body, fillAny),
  };
}
