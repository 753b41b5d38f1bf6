import type { WrittenPoint } from "../influx/support/arbitrary-points.js";
import { fluxReply, fluxTable, groupBy, toValues } from "../influx/support/flux-reply.js";
import { type Asked, type Double, reply, startDouble } from "./influx-double.js";

const CLOSED = { results: [{ statement_id: 0, error: "database not found: b" }] };
const BUCKETS = { buckets: [{ retentionRules: [{ shardGroupDurationSeconds: 604_800 }] }] };

/** A server of version 2 that holds points of one measurement and hour, and answers only the Flux that kpi asks. */
export async function startFluxDouble(): Promise<Double & { hold(points: readonly WrittenPoint[]): void }> {
  let held: readonly WrittenPoint[] = [];
  const double = await startDouble((socket, asked) => socket.write(answer(asked, held)));
  return Object.assign(double, {
    hold: (points: readonly WrittenPoint[]) => {
      held = points;
    },
  });
}

function answer({ url, body }: Asked, held: readonly WrittenPoint[]): Buffer {
  if (url.pathname === "/ping") return reply("204 No Content", "text/plain", "");
  if (url.pathname === "/query") return reply("200 OK", "application/json", JSON.stringify(CLOSED));
  if (url.pathname === "/api/v2/buckets") return reply("200 OK", "application/json", JSON.stringify(BUCKETS));
  if (url.pathname === "/api/v2/dbrps") return reply("200 OK", "application/json", JSON.stringify({ content: [] }));
  // Flux's scanner takes the backslash after a dollar with it, so that the quote that was escaped ends the text
  if (/[$]\\/.test((JSON.parse(body) as { readonly query: string }).query))
    return reply("400 Bad Request", "application/json; charset=utf-8", JSON.stringify({ code: "invalid", message: "compilation failed" }));
  return reply("200 OK", "text/csv; charset=utf-8", query(body, held));
}

function query(text: string, held: readonly WrittenPoint[]): string {
  const values = toValues(held);
  const names = (all: readonly string[]) =>
    fluxTable(
      [["_value", "string"]],
      [...new Set(all)].map((name) => [name]),
    );
  if (text.includes("keys()")) return names(values.flatMap(({ tags }) => tags.map(([name]) => name)));
  if (text.includes("group()")) return names(values.map(({ field }) => field));
  if (!text.includes("fn: count")) return fluxReply(values);
  const start = /range\(start: (.*?),/.exec(text)?.[1] ?? "";
  const counts = [...groupBy(values, ({ field }) => field)].map(([field, all]) => [start, field, String(all.length)]);
  return fluxTable(
    [
      ["_time", "dateTime:RFC3339"],
      ["_field", "string"],
      ["_value", "long"],
    ],
    counts,
  );
}
