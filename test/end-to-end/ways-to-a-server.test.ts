import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startProxy } from "../doubles/http-proxy.js";
import { type Double, reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, type Dialect, ROWS, scripted } from "../doubles/influx-script.js";
import { openReplyGate } from "../doubles/reply-gate.js";
import { makeAuthority } from "../support/certificates.js";
import type { KpiProject } from "../support/kpi-project.js";
import { runOneHour } from "../support/one-hour.js";

const WHOLE = { code: 0, ok: true, windows: [{ status: "loaded", source_rows: ROWS }] };

const start = (dialect: Dialect) =>
  startDouble(scripted(dialect, (socket) => socket.write(reply("200 OK", BODIES[dialect].type, BODIES[dialect].body))));

let server: Double;
beforeEach(async () => {
  server = await start("flux");
});
afterEach(() => server[Symbol.asyncDispose]());

/** What the server was told of who asks. */
const credentials = () => [...new Set(server.asked.map(({ headers }) => headers.authorization))];

describe("a run of kpi", () => {
  it("reaches its server through the proxy of the environment, over TLS, by an authority of one's own", async () => {
    const authority = makeAuthority();
    await using tls = await openReplyGate(server.url, authority.sign("DNS:influx.test"));
    await using proxy = await startProxy(Number(new URL(tls.url).port));
    const prepare = (project: KpiProject) => {
      project.write("ca.pem", authority.ca);
      project.env.HTTPS_PROXY = proxy.url;
    };
    const influx = `url: "https://influx.test", org: o, token: t, retries: 0`;
    expect(await runOneHour(`${influx}, ca: ca.pem`, prepare)).toMatchObject(WHOLE);
    expect([...new Set(proxy.asked)]).toEqual(["CONNECT influx.test:443"]);
    expect(credentials()).toEqual(["Token t"]);
    const asked = server.asked.length;
    const { code, error, stderr } = await runOneHour(influx, prepare);
    expect({ code, error: `${JSON.stringify(error)}${stderr}` }).toEqual({ code: 69, error: expect.stringContaining("ca: FILE.pem") });
    expect(server.asked).toHaveLength(asked);
  });

  it("says who asks by name and password, which open InfluxQL, where there is no token", async () => {
    await server[Symbol.asyncDispose]();
    server = await start("influxql");
    expect(await runOneHour(`url: "${server.url}", org: o, username: ana, password: "p:q"`)).toMatchObject(WHOLE);
    expect(credentials()).toEqual([`Basic ${Buffer.from("ana:p:q").toString("base64")}`]);
  });
});
