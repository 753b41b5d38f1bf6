import { describe, expect, it } from "vitest";
import { readProven } from "../../src/influx/count/read-proven.js";
import { FluxSource } from "../../src/influx/flux/flux-source.js";
import type { InfluxClient } from "../../src/influx/influx-client.js";
import type { PointQuery } from "../../src/influx/point-query.js";
import { openRoute } from "../../src/net/open-route.js";
import { startFluxDouble } from "../doubles/flux-double.js";
import { hour, points, readPoints } from "./support/read-points.js";

const HOUR = "2026-01-01T10:00:00Z";

async function sourceAt(url: string, most: number): Promise<FluxSource> {
  const route = await openRoute({ url, project: "/", ca: "", proxies: undefined });
  const limits = { timeout: 10_000, deadline: 60_000, retries: 0, gzip: false } as const;
  return new FluxSource({ name: "influx", url, org: "o", authorization: "Token secret", version: 2, route, ...limits }, "v2.9.1", most);
}

describe("a window with more points than can be kept in mind", () => {
  it("is read in halves, and in halves of these, each point once", async () => {
    await using double = await startFluxDouble();
    const minutes = [0, 12, 24, 36, 48, 59];
    const time = (minute: number) => `${Date.parse(HOUR) + minute * 60_000}000000`;
    await double.write("b", minutes.map((minute) => `m,s=a co=${minute},humidity=${minute / 2} ${time(minute)}`).join("\n"));
    const source = await sourceAt(double.url, 2);
    const client = { read: (query: PointQuery, span, target) => readProven(source, query, span, target) } as Pick<InfluxClient, "read">;
    const { rows } = await readPoints(client as InfluxClient, points(), hour(HOUR));
    expect(rows.map(({ co, humidity }) => [co, humidity])).toEqual(minutes.map((minute) => [minute, minute / 2]));
    const asked = double.asked
      .filter(({ body }) => /keep\(/.test(body))
      .map(({ body }) => /start: (\S+), stop: (\S+)\)/.exec(body)?.slice(1));
    expect(asked).toEqual(expect.arrayContaining([[HOUR, "2026-01-01T10:15:00Z"]]));
  });
});
