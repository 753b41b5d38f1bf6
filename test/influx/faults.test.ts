import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { KpiError } from "../../src/core/errors.js";
import { FAULTS } from "../doubles/faults.js";
import { reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, type Dialect, ROWS, scripted } from "../doubles/influx-script.js";
import { openClient } from "./support/clients.js";
import { hour, points, type ReadPoints, readPoints } from "./support/read-points.js";

async function readFrom(url: string, retries: number): Promise<ReadPoints> {
  await using client = await openClient({ url, org: "o", token: "t", timeout: "300ms", retries });
  return await readPoints(client, points({ fields: ["v"] }), hour("2026-01-01T10:00:00Z"));
}

const whole = (socket: Socket, dialect: Dialect) => socket.write(reply("200 OK", BODIES[dialect].type, BODIES[dialect].body));
const SPEAKING: readonly Dialect[] = ["influxql", "flux", "sql"];

describe.each(SPEAKING)("a faulty reply to a query in %s", (dialect) => {
  it.each(FAULTS)("fails with the right code: $number, $what", async ({ send, code, codes, exit }) => {
    await using double = await startDouble(scripted(dialect, (socket) => send(socket, dialect)));
    const thrown = await readFrom(double.url, 0).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(KpiError);
    expect(thrown).toMatchObject({ code: codes?.[dialect] ?? code, exit });
  });

  it.each(FAULTS.filter(({ number }) => ![7, 10, 14, 15].includes(number)))(
    "leaves nothing behind once the next try succeeds: $number",
    async ({ send }) => {
      await using double = await startDouble(
        scripted(dialect, (socket, times) => (times === 0 ? send(socket, dialect) : whole(socket, dialect))),
      );
      const { rows } = await readFrom(double.url, 1);
      expect(rows).toHaveLength(ROWS);
    },
  );

  it("is whole when it is whole", async () => {
    await using double = await startDouble(scripted(dialect, (socket) => whole(socket, dialect)));
    expect((await readFrom(double.url, 0)).rows).toHaveLength(ROWS);
  });

  it("is whole when a proxy has compressed it", async () => {
    const zipped = gzipSync(BODIES[dialect].body);
    await using double = await startDouble(
      scripted(dialect, (socket) => socket.write(reply("200 OK", BODIES[dialect].type, zipped, { "Content-Encoding": "gzip" }))),
    );
    expect((await readFrom(double.url, 0)).rows).toHaveLength(ROWS);
  });
});

describe("a reply in JSON", () => {
  const series = [{ name: "m", columns: ["fieldKey", "fieldType"], values: [["v", "float"]] }];
  const text = JSON.stringify({ results: [{ statement_id: 0, series }, { statement_id: 1 }, { statement_id: 2 }] });

  it("is taken for whole at no byte before its end", async () => {
    let length = 0;
    await using double = await startDouble((socket) => socket.write(reply("200 OK", "application/json", text.slice(0, length))));
    await using client = await openClient({ url: double.url, version: 2, timeout: "2s", retries: 0 });
    const explain = () => client.explain(points(), hour("2026-01-01T10:00:00Z"), new AbortController().signal);
    for (; length < text.length; length++) await expect(explain(), `cut at ${length}`).rejects.toMatchObject({ code: "SOURCE_TRUNCATED" });
    expect(await explain()).toContain('SELECT "v"::field');
  });
});
