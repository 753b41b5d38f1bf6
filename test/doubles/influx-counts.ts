import { type Asked, reply } from "./influx-double.js";

interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly every: number;
}

/** What a query that counts by window asks for, in ms; null for any other. */
function boundsOf({ url, body }: Asked): Bounds | null {
  const influxql = /^SELECT count\(.* WHERE time >= (\d+)000000 AND time < (\d+)000000.* GROUP BY time\((\d+)ms/.exec(
    url.searchParams.get("q") ?? "",
  );
  if (influxql !== null) return { from: Number(influxql[1]), to: Number(influxql[2]), every: Number(influxql[3]) };
  const sql = body.startsWith("{") ? String((JSON.parse(body) as { readonly q?: unknown }).q) : "";
  const counted = /date_bin\(INTERVAL '(\d+) .* count\(.*time >= TIMESTAMP '(.*?)' AND time < TIMESTAMP '(.*?)'.* GROUP BY t/.exec(sql);
  if (counted !== null) return { from: Date.parse(counted[2] ?? ""), to: Date.parse(counted[3] ?? ""), every: Number(counted[1]) };
  const flux = /range\(start: (.*?), stop: (.*?)\).*aggregateWindow\(every: (\d+)ms, .*fn: count/.exec(body);
  return flux === null ? null : { from: Date.parse(flux[1] ?? ""), to: Date.parse(flux[2] ?? ""), every: Number(flux[3]) };
}

/** By start of window, in ms. */
function countByWindow(times: readonly number[], { from, to, every }: Bounds): [start: number, count: number][] {
  const counts = new Map<number, number>();
  for (const time of times) {
    const start = Math.floor(time / every) * every;
    if (time >= from && time < to) counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  return [...counts];
}

/** Answers a query that counts field v of measurement m, which has a value at each of the times; null for any other query. */
export function answerCount(asked: Asked, times: readonly number[]): Buffer | null {
  const bounds = boundsOf(asked);
  if (bounds === null) return null;
  const counts = countByWindow(times, bounds);
  if (asked.url.pathname === "/query") {
    const values = counts.map(([start, count]) => [start * 1_000_000, count]);
    const series = values.length === 0 ? [] : [{ name: "m", columns: ["time", "count"], values }];
    return reply("200 OK", "application/json", JSON.stringify({ results: [{ statement_id: 0, series }] }));
  }
  if (asked.url.pathname === "/api/v3/query_sql") {
    const rows = counts.map(([start, count]) => ({ t: start * 1_000_000, f0: count }));
    return reply("200 OK", "application/json", JSON.stringify(rows));
  }
  const lines = [
    "#datatype,string,long,dateTime:RFC3339,string,long",
    "#group,false,false,true,true,false",
    "#default,_result,,,,",
    ",result,table,_time,_field,_value",
    ...counts.map(([start, count], table) => `,,${table},${new Date(start).toISOString()},v,${count}`),
    "",
  ];
  return reply("200 OK", "text/csv; charset=utf-8", counts.length === 0 ? "\r\n" : lines.map((line) => `${line}\r\n`).join(""));
}
