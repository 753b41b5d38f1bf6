import { describe, expect, it } from "vitest";
import { startFluxDouble } from "../doubles/flux-double.js";
import { recorded, recordedBody } from "./support/fixture.js";

const TEN = "2026-11-22T10:00:00Z";
const ELEVEN = "2026-11-22T11:00:00Z";

async function ask(url: string, query: string, token = "secret") {
  const body = JSON.stringify({ query, type: "flux" });
  const reply = await fetch(`${url}/api/v2/query?org=o`, { method: "POST", body, headers: { authorization: `Token ${token}` } });
  return { status: reply.status, type: reply.headers.get("content-type"), text: await reply.text() };
}

describe("the double that is asked by Flux", () => {
  it.each([
    ["flux_ints", "write_ints.lp", "ints", TEN, ELEVEN],
    ["flux_strings", "write_strings.lp", "strs", TEN, ELEVEN],
    ["flux_tags_odd", "write_odd.lp", "odd", TEN, ELEVEN],
    ["flux_tags_names", "write_odd.lp", "names", TEN, ELEVEN],
    ["flux_tags_parttag", "write_odd.lp", "parttag", TEN, ELEVEN],
    ["flux_old_times", "write_old.lp", "old", "1677-09-22T00:00:00Z", "2026-01-01T00:00:00Z"],
    ["flux_hour_plain", "airSensors-2026-11-22T10.lp.gz", "airSensors", TEN, ELEVEN],
    ["flux_empty", "write_odd.lp", "nosuch", TEN, ELEVEN],
  ])("sends the bytes that InfluxDB 2.9.1 sent: %s", async (reply, file, measurement, start, stop) => {
    await using double = await startFluxDouble();
    await double.write("b", (await recorded(file)).toString());
    const query = `from(bucket: "b")\n  |> range(start: ${start}, stop: ${stop})\n  |> filter(fn: (r) => r["_measurement"] == "${measurement}")`;
    const { status, type, text } = await ask(double.url, query);
    expect({ status, type }).toEqual({ status: 200, type: "text/csv; charset=utf-8" });
    expect(text).toBe((await recordedBody(reply)).toString());
  });

  it("loses what InfluxDB loses where a field has changed its type between two shards", async () => {
    await using double = await startFluxDouble();
    const [before, after] = [Date.parse("2026-01-04T23:00:00Z"), Date.parse("2026-01-05T01:00:00Z")];
    await double.write("b", `m,k=a v=1i ${before}000000\nm,k=a v=1.5 ${after}000000\nm,k=b v=2.5 ${after}000000`);
    const read = async (start: string) => {
      const query = `from(bucket: "b")\n  |> range(start: ${start}, stop: 2026-01-06T00:00:00Z)\n  |> keep(columns: ["_value", "k"])`;
      return (await ask(double.url, query)).text.match(/^,,\d+,.*/gm);
    };
    expect(await read("2026-01-04T00:00:00Z")).toEqual([",,0,1,a"]);
    expect(await read("2026-01-05T00:00:00Z")).toEqual([",,0,1.5,a", ",,1,2.5,b"]);
    await expect(double.write("b", `m,k=c v=1i ${after}000000`)).rejects.toThrow("field type conflict");
  });

  it("refuses what InfluxDB refuses, and what it does not know itself", async () => {
    await using double = await startFluxDouble();
    await double.write("b", "m v=1 1");
    expect(await ask(double.url, 'from(bucket: "b")', "wrong")).toMatchObject({ status: 401 });
    const read = (bucket: string, more = "") =>
      ask(double.url, `from(bucket: "${bucket}")\n  |> range(start: 2026-01-01T00:00:00Z, stop: 2026-01-02T00:00:00Z)${more}`);
    expect(await read("nosuch")).toMatchObject({
      status: 404,
      text: '{"code":"not found","message":"failed to initialize execute state: could not find bucket \\"nosuch\\""}',
    });
    for (const stage of ["pivot()", 'filter(fn: (r) => r["k"] == "a" and true)', "aggregateWindow(every: 1h, fn: mean)"])
      expect(await read("b", `\n  |> ${stage}`), stage).toMatchObject({ status: 400 });
  });
});
