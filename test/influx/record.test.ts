import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { bucketsDouble } from "../doubles/influx-buckets.js";
import { reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, scripted } from "../doubles/influx-script.js";
import { TEST_SECRETS } from "../support/test-secrets.js";
import { temporaryFolder } from "./support/read-points.js";

const TOKEN = TEST_SECRETS.record;

describe("npm run record", () => {
  it("writes down every request and its reply byte by byte, without the token, and drops its bucket", async () => {
    await using folder = await temporaryFolder();
    const influxql = reply("200 OK", BODIES.influxql.type, BODIES.influxql.body);
    const flux = reply("200 OK", BODIES.flux.type, BODIES.flux.body);
    const answer = scripted("influxql", (socket, _, { url }) => socket.write(url.pathname === "/query" ? influxql : flux));
    const buckets = bucketsDouble();
    await using double = await startDouble((socket, asked) => {
      const own = buckets.answer(asked);
      if (own === null) answer(socket, asked);
      else socket.write(own);
    });
    const env = { PATH: process.env.PATH, INFLUX_URL: double.url, INFLUX_ORG: "o", INFLUX_TOKEN: TOKEN };
    await promisify(execFile)(process.execPath, ["scripts/record.mjs", "--out", folder.path], { env });
    const names = readdirSync(folder.path);
    const text = (name: string) => readFileSync(join(folder.path, name), "latin1");
    const requests = names.filter((name) => name.endsWith(".request"));
    expect(names.filter((name) => name.endsWith(".reply"))).toHaveLength(requests.length);
    expect(text("influxql_hour_0_ping.request")).toMatch(/^GET \/ping HTTP\/1\.1\r\n/);
    const data = requests.find((name) => /^influxql_hour/.test(name) && text(name).includes("SELECT")) ?? "";
    expect(text(data)).toContain("%22co%22%3A%3Afield");
    expect(text(data.replace(".request", ".reply"))).toBe(influxql.toString("latin1"));
    const byFlux = requests.filter((name) => name.startsWith("flux_hour"));
    expect(byFlux.some((name) => text(name).includes('from(bucket: \\"kpi-record\\")'))).toBe(true);
    expect(byFlux.some((name) => text(name).startsWith("GET /query"))).toBe(false);
    for (const name of names) expect(text(name)).not.toContain(TOKEN);
    expect([buckets.made, [...buckets.there]]).toEqual([["kpi-record"], []]);
  }, 120_000);

  it("touches nothing where there is a bucket of that name already", async () => {
    await using folder = await temporaryFolder();
    const buckets = bucketsDouble();
    buckets.there.set("1", "kpi-record");
    await using double = await startDouble((socket, asked) => {
      socket.write(buckets.answer(asked) ?? reply("204 No Content", "text/plain", ""));
    });
    const env = { PATH: process.env.PATH, INFLUX_URL: double.url, INFLUX_ORG: "o", INFLUX_TOKEN: TOKEN };
    const recording = promisify(execFile)(process.execPath, ["scripts/record.mjs", "--out", folder.path], { env });
    await expect(recording).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("bucket with name kpi-record already exists"),
    });
    expect([...buckets.there.values()]).toEqual(["kpi-record"]);
    expect(readdirSync(folder.path)).toEqual([]);
  }, 30_000);
});
