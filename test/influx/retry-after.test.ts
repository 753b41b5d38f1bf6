import { beforeEach, describe, expect, it, vi } from "vitest";
import { reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, ROWS, scripted } from "../doubles/influx-script.js";
import { openClient } from "./support/clients.js";
import { hour, points, readPoints } from "./support/read-points.js";

const waits = vi.hoisted((): number[] => []);
vi.mock("node:timers/promises", async (original) => ({
  ...(await original<object>()),
  setTimeout: async (wait: number) => void waits.push(wait),
}));
beforeEach(() => void waits.splice(0));

const HOUR_LATER = (from: number) => new Date(from + 3_600_000).toUTCString();
const WHOLE = reply("200 OK", BODIES.influxql.type, BODIES.influxql.body);

/** How long a client waits after a reply with the headers, before it asks again and gets all. */
async function waitAfter(headers: Readonly<Record<string, string>>): Promise<number> {
  const busy = reply("503 Service Unavailable", "text/plain", "", headers);
  await using double = await startDouble(scripted("influxql", (socket, before) => socket.write(before === 0 ? busy : WHOLE)));
  await using client = await openClient({ url: double.url });
  expect((await readPoints(client, points({ fields: ["v"] }), hour("2026-01-01T10:00:00Z"))).rows).toHaveLength(ROWS);
  expect(waits).toHaveLength(1);
  return waits[0] ?? Number.NaN;
}

describe("Retry-After", () => {
  it("is obeyed, in seconds", async () => {
    expect(await waitAfter({ "Retry-After": "7" })).toBe(7_000);
  });

  it("is obeyed at once where it says 0", async () => {
    expect(await waitAfter({ "Retry-After": "0" })).toBe(0);
  });

  it("is obeyed as a date, by the server's own clock", async () => {
    const now = Date.parse("2001-02-03T04:05:06Z");
    const after = new Date(now + 9_000).toUTCString();
    expect(await waitAfter({ Date: new Date(now).toUTCString(), "Retry-After": after })).toBe(9_000);
  });

  it.each(["3600", "9".repeat(400), HOUR_LATER(Date.now())])("holds nobody for longer than two minutes: %s", async (header) => {
    expect(await waitAfter({ "Retry-After": header })).toBe(120_000);
  });

  it.each(["soon", "-5", "1.5", "7 seconds", "", "2026-01-01", new Date(0).toUTCString(), "Thu, 99 Foo 2026 25:61:00 GMT"])(
    "is no wish, and the client's own pause counts: %s",
    async (header) => {
      const wait = await waitAfter({ "Retry-After": header });
      expect(wait).toBeGreaterThanOrEqual(250);
      expect(wait).toBeLessThanOrEqual(500);
    },
  );

  it("is not waited for where the deadline comes before", async () => {
    const busy = reply("429 Too Many Requests", "text/plain", "", { "Retry-After": "3600" });
    await using double = await startDouble(scripted("influxql", (socket) => socket.write(busy)));
    await using client = await openClient({ url: double.url, deadline: "1m" });
    await expect(readPoints(client, points({ fields: ["v"] }), hour("2026-01-01T10:00:00Z"))).rejects.toMatchObject({
      code: "SOURCE_BUSY",
      exit: 69,
    });
    expect(waits).toEqual([]);
  });
});
