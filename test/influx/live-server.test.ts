import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { bucketsDouble } from "../doubles/influx-buckets.js";
import { type Answer, reply, startDouble } from "../doubles/influx-double.js";
import { scripted } from "../doubles/influx-script.js";

/** Runs one test of the live suite against a server; the exit status and what it said. */
async function runLive(
  env: Record<string, string>,
  interrupt?: Promise<unknown>,
): Promise<{ readonly code: number; readonly said: string }> {
  const args = ["scripts/test-live.mjs", "-t", "gives no rows for an hour without points"];
  const live = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env } });
  let said = "";
  for (const stream of [live.stdout, live.stderr]) stream.on("data", (bytes) => (said += bytes));
  const ended = once(live, "close");
  void interrupt?.then(() => live.kill("SIGINT"));
  const [code] = await ended;
  return { code, said };
}

/** A server whose replies to queries are given. */
async function startServer(data: Parameters<typeof scripted>[1]) {
  const buckets = bucketsDouble();
  const answer: Answer = scripted("influxql", data);
  const double = await startDouble((socket, asked) => {
    const own = buckets.answer(asked);
    if (own === null) answer(socket, asked);
    else socket.write(own);
  });
  const env = { INFLUX_URL: double.url, INFLUX_ORG: "o", INFLUX_TOKEN: "t" };
  return { buckets, env, double, [Symbol.asyncDispose]: () => double[Symbol.asyncDispose]() };
}

describe("npm run test:live", () => {
  it("drops every bucket that it has made, and none but those, also where tests fail", async () => {
    await using server = await startServer((socket) => socket.write(reply("500 Internal Server Error", "text/plain", "broken")));
    server.buckets.there.set("plant", "kpi_live_plant");
    expect((await runLive(server.env)).code).toBe(1);
    expect(server.buckets.made.length).toBeGreaterThan(1);
    for (const name of server.buckets.made) expect(name).toMatch(/^kpi_live_[0-9a-f]{8}_/);
    expect([...server.buckets.there.values()]).toEqual(["kpi_live_plant"]);
  }, 60_000);

  it("drops every bucket that it has made when it is interrupted in the middle of a query", async () => {
    let ask = () => {};
    const asked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    await using server = await startServer(() => ask());
    expect((await runLive(server.env, asked)).code).toBe(130);
    expect(server.buckets.made.length).toBeGreaterThan(1);
    expect([...server.buckets.there.values()]).toEqual([]);
  }, 60_000);

  it("says what it needs", async () => {
    expect(await runLive({})).toEqual({ code: 2, said: "INFLUX_URL is not set (docs/live-suite.md)\n" });
    await using server = await startServer(() => undefined);
    const { code, said } = await runLive({ ...server.env, INFLUX_TOKEN: "" });
    expect({ code, said }).toEqual({ code: 2, said: expect.stringMatching(/^INFLUX_TOKEN is not set/) });
  }, 60_000);
});
