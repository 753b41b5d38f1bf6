import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeSample } from "../../src/influx/write-sample.js";
import { openClient } from "./support/clients.js";
import { hour, points, readPoints, temporaryFolder } from "./support/read-points.js";

const UNTIL = Date.parse("2026-01-03T10:20:00Z");

async function contents(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(join(folder, "sensors"))).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, "sensors", name), "utf8")] as const)));
}

describe("the sample", () => {
  it("is a file an hour of arrival, up to the moment given", async () => {
    await using folder = await temporaryFolder();
    const { files, points: count } = await writeSample({ folder: folder.path, until: UNTIL, hours: 3 });
    const written = await contents(folder.path);
    expect([...written.keys()]).toEqual(["2026-01-03T07.lp", "2026-01-03T08.lp", "2026-01-03T09.lp", "2026-01-03T10.lp"]);
    expect(files).toBe(4);
    expect([...written.values()].join("").split("\n").length - 1).toBe(count);
  });

  it("is the same bytes whenever it is written", async () => {
    await using early = await temporaryFolder();
    await using late = await temporaryFolder();
    await writeSample({ folder: early.path, until: UNTIL, hours: 3 });
    await writeSample({ folder: early.path, until: UNTIL + 3_600_000, hours: 3 });
    await writeSample({ folder: late.path, until: UNTIL + 3_600_000, hours: 4 });
    expect(await contents(early.path)).toEqual(await contents(late.path));
  });

  it("leaves files as they are that are whole", async () => {
    await using folder = await temporaryFolder();
    await writeSample({ folder: folder.path, until: UNTIL, hours: 3 });
    const path = join(folder.path, "sensors", "2026-01-03T08.lp");
    const before = (await stat(path, { bigint: true })).mtimeNs;
    expect((await writeSample({ folder: folder.path, until: UNTIL + 3_600_000, hours: 3 })).files).toBe(2);
    expect((await stat(path, { bigint: true })).mtimeNs).toBe(before);
    expect(await writeSample({ folder: folder.path, until: UNTIL + 3_600_000, hours: 3 })).toEqual({ files: 0, points: 0 });
  });

  it("has 8 sensors every 10 s, a gap, missing values, late points and one sensor that drifts", async () => {
    await using folder = await temporaryFolder();
    await writeSample({ folder: folder.path, until: UNTIL, hours: 48 });
    await using client = await openClient({ url: `file:${folder.path}` }, folder.path);
    const query = points({ bucket: "sensors", measurement: "airSensors", fields: ["co", "temperature", "humidity"] });
    const read = async (start: string) => (await readPoints(client, query, hour(start))).rows;
    const usual = await read("2026-01-02T08:00:00Z");
    expect(usual).toHaveLength(8 * 360);
    expect(new Set(usual.map(({ sensor_id: id }) => id)).size).toBe(8);
    expect(usual.filter(({ co }) => co === null).length).toBeGreaterThan(0);
    expect(await read("2026-01-02T03:00:00Z")).toHaveLength(8 * 360 - 240);
    const mean = (rows: typeof usual, id: string) => {
      const values = rows.filter((row) => row.sensor_id === id && row.co !== null).map(({ co }) => Number(co));
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    const later = await read("2026-01-02T20:00:00Z");
    expect(mean(later, "TLM0200") - mean(usual, "TLM0200")).toBeGreaterThan(1);
    expect(Math.abs(mean(later, "TLM0100") - mean(usual, "TLM0100"))).toBeLessThan(0.5);
    const arrived = (await contents(folder.path)).get("2026-01-02T08.lp") ?? "";
    const times = arrived.split("\n").map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)) / 1e6);
    const olderThan = (moment: string) => times.filter((time) => time > 0 && time < Date.parse(moment)).length;
    expect(olderThan("2026-01-02T08:00:00Z")).toBe(360);
    expect(olderThan("2026-01-02T07:00:00Z")).toBe(12);
  });
});
