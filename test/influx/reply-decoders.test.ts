import { describe, expect, it } from "vitest";
import { Feeder } from "../../src/influx/columns/feeder.js";
import { LineParser } from "../../src/influx/line-protocol/line-parser.js";
import { PointSink } from "../../src/influx/line-protocol/point-sink.js";
import { decodeCsv, decodeMsgpack } from "./support/decode-reply.js";
import { recorded, recordedBody } from "./support/fixture.js";
import { memoryWriter, type Row } from "./support/memory-table.js";
import { pack } from "./support/pack.js";
import { points } from "./support/read-points.js";

/** The oldest recorded query asks from 1677-09-22 on. */
const FIRST_ASKED = BigInt(Date.parse("1677-09-22T00:00:00Z")) * 1_000_000n;

/** The points behind a recorded reply, read from what was written. */
async function written(file: string, measurement: string): Promise<Row[]> {
  const { writer, rows } = memoryWriter();
  await writer.reshape();
  const parser = new LineParser(new PointSink(writer, points({ measurement })));
  const feeder = new Feeder(writer, (bytes, from, to, final) => parser.parse(bytes, from, to, final));
  await feeder.feed(await recorded(file));
  await feeder.finish();
  expect(parser.facts.broken).toBeNull();
  return rows();
}

function key({ time, cells }: Row): string {
  const tags = Object.entries(cells).filter(([name]) => name.startsWith("tag "));
  return `${time} ${JSON.stringify(tags.sort())}`;
}

/** One row a point, whatever the rows each value came in; in order of time and tags. */
function merged(rows: readonly Row[]): unknown[] {
  const byPoint = new Map<string, Record<string, unknown>>();
  for (const row of rows) byPoint.set(key(row), { ...byPoint.get(key(row)), ...row.cells });
  return [...byPoint].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Flux's CSV cannot carry a carriage return. */
function withoutReturns(rows: readonly Row[]): Row[] {
  return rows.map((row) => ({
    ...row,
    cells: Object.fromEntries(
      Object.entries(row.cells).map(([name, value]) => [name, typeof value === "string" ? value.replaceAll("\r", "") : value]),
    ),
  }));
}

describe("replies recorded from InfluxDB 2.9.1", () => {
  it.each([
    ["iql_types_msgpack", "write_ints.lp", "ints"],
    ["iql_hour_msgpack_chunked", "airSensors-2026-11-22T10.lp.gz", "airSensors"],
  ])("hold by msgpack the points that were written: %s", async (reply, file, measurement) => {
    const { rows, complete, error } = await decodeMsgpack(await recordedBody(reply), ["k", "sensor_id"]);
    expect({ complete, error }).toEqual({ complete: true, error: null });
    expect(merged(rows)).toEqual(merged(await written(file, measurement)));
  });

  it.each([
    ["flux_ints", "write_ints.lp", "ints"],
    ["flux_strings", "write_strings.lp", "strs"],
    ["flux_tags_odd", "write_odd.lp", "odd"],
    ["flux_tags_names", "write_odd.lp", "names"],
    ["flux_tags_parttag", "write_odd.lp", "parttag"],
    ["flux_old_times", "write_old.lp", "old"],
    ["flux_hour_plain", "airSensors-2026-11-22T10.lp.gz", "airSensors"],
  ])("hold by Flux the points that were written: %s", async (reply, file, measurement) => {
    const { rows, complete, error } = await decodeCsv(await recordedBody(reply));
    expect({ complete, error }).toEqual({ complete: true, error: null });
    const behind = (await written(file, measurement)).filter(({ time }) => time > FIRST_ASKED);
    expect(merged(rows)).toEqual(merged(withoutReturns(behind)));
  });

  it("are complete and hold nothing where nothing was found", async () => {
    expect(await decodeCsv(await recordedBody("flux_empty"))).toEqual({ rows: [], complete: true, error: null });
  });

  it("bring the error that came in the middle", async () => {
    const flux = await decodeCsv(await recordedBody("lim_mem_raw_multi"));
    expect(flux.error).toBe("memory allocation limit reached: limit 3000000 bytes, allocated: 2998208, wanted: 8000");
    const influxql = await decodeMsgpack(pack({ results: [{ statement_id: 0, error: "undefined function nosuch()" }] }), []);
    expect(influxql.error).toBe("undefined function nosuch()");
  });
});

describe("a reply decoder", () => {
  it("gives the same rows at every split position of msgpack", async () => {
    const body = await recordedBody("iql_types_msgpack");
    const whole = await decodeMsgpack(body, ["k"]);
    for (let at = 1; at < body.length; at++) expect(await decodeMsgpack(body, ["k"], at), `split at ${at}`).toEqual(whole);
  });

  it("gives the same rows at every split position of CSV", async () => {
    for (const name of ["flux_tags_names", "flux_strings", "flux_old_times"]) {
      const body = await recordedBody(name);
      const whole = await decodeCsv(body);
      for (let at = 1; at < body.length; at++) expect(await decodeCsv(body, at), `split at ${at}`).toEqual(whole);
    }
  });

  it("takes no part of a msgpack reply for the whole of it", async () => {
    for (const name of ["iql_types_msgpack"]) {
      const body = await recordedBody(name);
      for (let at = 0; at < body.length; at++)
        expect((await decodeMsgpack(body.subarray(0, at), ["k"])).complete, `cut at ${at}`).toBe(false);
    }
  });

  it("takes no part of a CSV reply for the whole of it", async () => {
    for (const name of ["flux_tags_names", "flux_strings", "flux_old_times", "flux_empty"]) {
      const body = await recordedBody(name);
      for (let at = 0; at < body.length; at++) expect((await decodeCsv(body.subarray(0, at))).complete, `cut at ${at}`).toBe(false);
    }
  });

  it("takes a message that says partial for no end", async () => {
    const body = await recordedBody("iql_hour_msgpack_chunked");
    const second = body.indexOf(Buffer.from([0x81, 0xa7, ...Buffer.from("results")]), 10);
    expect((await decodeMsgpack(body.subarray(0, second), [])).complete).toBe(false);
  });

  it("throws RangeError for bytes that are no reply", async () => {
    await expect(decodeMsgpack(Buffer.from("<html>"), [])).rejects.toBeInstanceOf(RangeError);
    await expect(decodeCsv(Buffer.from("<html>\r\n\r\n"))).rejects.toBeInstanceOf(RangeError);
  });
});
