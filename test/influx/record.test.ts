import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Asked, reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, scripted } from "../doubles/influx-script.js";
import { TEST_SECRETS } from "../support/test-secrets.js";
import { temporaryFolder } from "./support/read-points.js";

const TOKEN = TEST_SECRETS.record;

/** Answers what recording needs around the queries. */
function administration({ method, url }: Asked): Buffer | null {
  const json = (status: string, value: unknown) => reply(status, "application/json", JSON.stringify(value));
  if (url.pathname === "/api/v2/orgs") return json("200 OK", { orgs: [{ id: "17" }] });
  if (url.pathname === "/api/v2/buckets" && method === "POST") return json("201 Created", { id: "42" });
  if (url.pathname === "/api/v2/write" || method === "DELETE") return Buffer.from("HTTP/1.1 204 No Content\r\n\r\n");
  return null;
}

describe("npm run record", () => {
  it("writes down every request and its reply byte by byte, without the token, and drops its bucket", async () => {
    await using folder = await temporaryFolder();
    const influxql = reply("200 OK", BODIES.influxql.type, BODIES.influxql.body);
    const flux = reply("200 OK", BODIES.flux.type, BODIES.flux.body);
    const answer = scripted("influxql", (socket, _, { url }) => socket.write(url.pathname === "/query" ? influxql : flux));
    await using double = await startDouble((socket, asked) => {
      const own = administration(asked);
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
    expect(double.asked.at(-1)).toMatchObject({ method: "DELETE", url: { pathname: "/api/v2/buckets/42" } });
  }, 120_000);
});
