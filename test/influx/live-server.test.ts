import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";
import { reply, startDouble } from "../doubles/influx-double.js";
import { scripted } from "../doubles/influx-script.js";

/** Runs one test of the live suite against a server; the exit status and what it said. */
function runLive(env: Record<string, string>): Promise<{ readonly code: number; readonly said: string }> {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.live.config.ts", "-t", "tells what it holds"];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, said: stdout + stderr });
    });
  });
}

describe("npm run test:live", () => {
  it("drops every bucket that it has made, also where tests fail", async () => {
    let made = 0;
    const json = (status: string, value: unknown) => reply(status, "application/json", JSON.stringify(value));
    const busy = reply("500 Internal Server Error", "text/plain", "broken");
    const answer = scripted("influxql", (socket) => socket.write(busy));
    await using double = await startDouble((socket, asked) => {
      const { method, url } = asked;
      if (url.pathname === "/api/v2/orgs") socket.write(json("200 OK", { orgs: [{ id: "17" }] }));
      else if (url.pathname === "/api/v2/buckets" && method === "POST") socket.write(json("201 Created", { id: String(++made) }));
      else if (url.pathname === "/api/v2/write" || method === "DELETE") socket.write("HTTP/1.1 204 No Content\r\n\r\n");
      else answer(socket, asked);
    });
    const { code } = await runLive({ INFLUX_URL: double.url, INFLUX_ORG: "o", INFLUX_TOKEN: "t" });
    expect(code).toBe(1);
    const dropped = double.asked.filter(({ method }) => method === "DELETE").map(({ url }) => url.pathname);
    expect(made).toBeGreaterThan(1);
    expect(dropped.sort()).toEqual(Array.from({ length: made }, (_, index) => `/api/v2/buckets/${index + 1}`).sort());
    const names = double.asked.filter(({ url, method }) => url.pathname === "/api/v2/buckets" && method === "POST");
    for (const { body } of names)
      expect(JSON.parse(body)).toMatchObject({ name: expect.stringMatching(/^kpi_live_[0-9a-f]{8}_\d+$/), orgID: "17" });
  }, 60_000);

  it("says what it needs", async () => {
    const { code, said } = await runLive({});
    expect(code).toBe(1);
    expect(said).toContain("INFLUX_URL is not set: docs/live-suite.md says what the live suite needs");
  }, 60_000);
});
