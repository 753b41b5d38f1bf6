import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { openReplyGate, type ReplyGate } from "../doubles/reply-gate.js";
import { INFLUX_KINDS } from "../support/influx-servers.js";
import { KpiProject } from "../support/kpi-project.js";
import { hourlyConfig } from "../support/one-hour.js";
import { tables } from "../support/tables.js";

const HOUR = 3_600_000;
const BEGIN = Date.parse("2026-01-01T00:00:00Z");
const HOURS = 4 * 24;
const MIDDLE = "2026-01-03T00:00:00Z";
const STRETCH = ["--from", "2026-01-01", "--to", "2026-01-05"];

/** Points at the very start and end of each hour and in between, but for the second day and each fifth hour. */
function lines(): string {
  const hours = Array.from({ length: HOURS }, (_, hour) => hour).filter((hour) => Math.floor(hour / 24) !== 1 && hour % 5 !== 0);
  return hours
    .flatMap((hour) =>
      [0n, 1_800_000_000_000n, 3_599_999_999_999n].flatMap((offset, index) =>
        ["a", "b"].map((k) => `m,k=${k} v=${hour + index / 4} ${BigInt(BEGIN + hour * HOUR) * 1_000_000n + offset}`),
      ),
    )
    .join("\n");
}

/** What the query for the points from the third day on says, in one language or another. */
const ASKS: readonly string[] = [
  `time >= ${Date.parse(MIDDLE)}000000`,
  `range(start: ${MIDDLE}, stop: 2026-01-04T00:00:00Z)\\n  |> filter`,
  `TIMESTAMP '${MIDDLE}'`,
];

let project: KpiProject;
beforeEach(() => {
  project = new KpiProject();
});
afterEach(() => project.remove());

/** Runs the backfill over the connection whose settings are given. */
function backfill(influx: string): Promise<RunReport & { readonly code: number | null }> {
  Object.assign(project.env, { KPI_NOW: "2026-01-06T00:10:00Z", TOKEN: "secret" });
  project.write("config.yaml", hourlyConfig(influx));
  return project.json<RunReport>("backfill", "hourly", ...STRETCH);
}

/** Loses the connection in the middle of the next reply to what asks so; gives how often it has done that. */
function breakOnce(gate: ReplyGate, asks: string): () => number {
  let breaks = 0;
  gate.change(({ request, body }) =>
    breaks === 0 && request.includes(asks) ? { body: body.subarray(0, body.length / (1 + ++breaks)), lost: true } : { body },
  );
  return () => breaks;
}

/** What was published, and what the ledger says of each hour. */
async function published() {
  return {
    rows: await tables(project, "SELECT * FROM kpi.kpi ORDER BY window_start, k"),
    hours: await tables(project, "SELECT window_start, status, source_rows, rows FROM kpi._kpi.windows ORDER BY window_start"),
  };
}

async function fromFolder() {
  const server = project;
  project = new KpiProject();
  try {
    project.write("points/b/a.lp", lines());
    expect(await backfill("url: 'file:points'")).toMatchObject({ code: 0, ok: true });
    return await published();
  } finally {
    project.remove();
    project = server;
  }
}

describe.each(INFLUX_KINDS.map((kind, index) => ({ ...kind, asks: ASKS[index] ?? "" })))(
  "kpi backfill from $name",
  ({ found, start, asks }) => {
    const settings = (url: string, retries: number) => `url: "${url}", org: o, token: "\${TOKEN}", retries: ${retries}`;

    it.skipIf(!found)(
      "does each hour of several spans once, some of them empty, also where a reply breaks off",
      { timeout: 90_000 },
      async () => {
        await using server = await start("b");
        await server.write("b", lines());
        await using gate = await openReplyGate(server.url);
        const breaks = breakOnce(gate, asks);
        const report = await backfill(settings(gate.url, 2));
        expect(report).toMatchObject({ code: 0, ok: true, backfill: { status: "done" } });
        expect(breaks()).toBe(1);
        const all = await published();
        expect(all.hours).toHaveLength(HOURS);
        expect(all.rows.length).toBe(2 * all.hours.filter(({ rows }) => Number(rows) > 0).length);
        expect(all).toEqual(await fromFolder());
      },
    );

    it.skipIf(!found)("goes on after the hours that it could not read, once they can be read", { timeout: 90_000 }, async () => {
      await using server = await start("b");
      await server.write("b", lines());
      await using gate = await openReplyGate(server.url);
      const breaks = breakOnce(gate, asks);
      const report = await backfill(settings(gate.url, 0));
      expect(report).toMatchObject({ ok: false, backfill: { status: "unfinished" } });
      expect(report.code).not.toBe(0);
      expect(breaks()).toBe(1);
      const middle = Date.parse(MIDDLE);
      const done = (await published()).hours.map(({ window_start }) => Date.parse(String(window_start)));
      expect(done.filter((time) => time >= middle && time < middle + 24 * HOUR)).toEqual([]);
      expect(await project.json<RunReport>("backfill", "--resume", "last")).toMatchObject({
        code: 0,
        ok: true,
        backfill: { status: "done" },
      });
      expect(await published()).toEqual(await fromFolder());
    });
  },
);
