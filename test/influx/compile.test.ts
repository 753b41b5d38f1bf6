import { describe, expect, it } from "vitest";
import { compileFlux, compileKeys, quoteFlux } from "../../src/influx/flux/compile-flux.js";
import { compileInfluxql, quoteName, quoteText } from "../../src/influx/influxql/compile-influxql.js";
import { parseShardDuration, shardPieces } from "../../src/influx/server/shard-pieces.js";
import { hour, points } from "./support/read-points.js";

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is Flux that would take it for code
const NASTY = "a\"b\\c'd\n${e}\r$f";

describe("a query for points", () => {
  const query = points({
    bucket: "b",
    measurement: NASTY,
    fields: ["co", NASTY],
    where: new Map([
      [NASTY, ["x", NASTY]],
      ["k", ["y"]],
    ]),
  });

  it("is one SELECT in InfluxQL, in which nothing is read as code", () => {
    const text = compileInfluxql(query, { fields: ["co", NASTY], tags: ["k"] }, new Map([["co", "float"]]), hour("2026-01-01T10:00:00Z"));
    const name = `"a\\"b\\\\c'd\\n$\{e}\r$f"`;
    const value = `'a"b\\\\c\\'d\\n$\{e}\r$f'`;
    expect(text).toBe(
      `SELECT "co"::float, ${name}::field, "k"::tag FROM ${name} WHERE time >= 1767261600000000000 AND time < 1767265200000000000` +
        ` AND (${name}::tag = 'x' OR ${name}::tag = ${value}) AND ("k"::tag = 'y')`,
    );
  });

  it("is a bare read in Flux, in which nothing is read as code", () => {
    const nasty = `"a\\"b\\\\c'd\\n\\x24{e}\\r\\x24f"`;
    expect(compileFlux(query, ["k", NASTY], hour("2026-01-01T10:00:00Z"))).toBe(
      [
        'from(bucket: "b")',
        "range(start: 2026-01-01T10:00:00Z, stop: 2026-01-01T11:00:00Z)",
        `filter(fn: (r) => r["_measurement"] == ${nasty})`,
        `filter(fn: (r) => r["_field"] == "co" or r["_field"] == ${nasty})`,
        `filter(fn: (r) => r[${nasty}] == "x" or r[${nasty}] == ${nasty})`,
        'filter(fn: (r) => r["k"] == "y")',
        `keep(columns: ["_time", "_value", "_field", "k", ${nasty}])`,
      ].join("\n  |> "),
    );
    const from = `from(bucket: ${nasty})\n  |> range(start: 1677-09-22T00:00:00Z, stop: 2262-01-01T00:00:00Z)`;
    expect(compileKeys("Tag", { ...query, bucket: NASTY })).toContain(`${from}\n  |> filter(fn: (r) => r["_measurement"] == ${nasty})`);
  });

  it("keeps a dollar apart from the backslash of an escape after it", () => {
    expect([quoteFlux('$"'), quoteFlux("$\\"), quoteFlux("$$ $")]).toEqual(['"\\x24\\""', '"\\x24\\\\"', '"\\x24\\x24 \\x24"']);
  });

  it("quotes the empty text", () => {
    expect([quoteFlux(""), quoteName(""), quoteText("")]).toEqual(['""', '""', "''"]);
  });
});

describe("a span", () => {
  const cut = (start: string, hours: number, duration: number | null) =>
    shardPieces(hour(start, hours), duration).map(({ start: at }) => new Date(at).toISOString());

  it("is cut where weekly shards meet, on Mondays in UTC", () => {
    expect(cut("2026-01-03T00:00:00Z", 24 * 12, parseShardDuration("168h0m0s"))).toEqual([
      "2026-01-03T00:00:00.000Z",
      "2026-01-05T00:00:00.000Z",
      "2026-01-12T00:00:00.000Z",
    ]);
  });

  it("is cut at each midnight where the shards are not known", () => {
    expect(cut("2026-01-03T23:00:00Z", 26, null)).toEqual([
      "2026-01-03T23:00:00.000Z",
      "2026-01-04T00:00:00.000Z",
      "2026-01-05T00:00:00.000Z",
    ]);
  });

  it("is not cut inside a shard, and needs no cut at its own end", () => {
    expect(cut("2026-01-05T00:00:00Z", 24 * 7, parseShardDuration("168h0m0s"))).toHaveLength(1);
    expect(cut("1969-12-31T23:00:00Z", 2, parseShardDuration("1h0m0s"))).toHaveLength(2);
  });

  it("knows shard durations as InfluxDB writes them", () => {
    expect(["168h0m0s", "24h0m0s", "1h30m0s", "0s", ""].map(parseShardDuration)).toEqual([604_800_000, 86_400_000, 5_400_000, null, null]);
  });
});
