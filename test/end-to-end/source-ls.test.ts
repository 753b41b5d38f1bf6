import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INFLUX_KINDS } from "../support/influx-servers.js";
import type { KpiProject } from "../support/kpi-project.js";
import { sensorProject } from "../support/sensor-project.js";

let project: KpiProject;
beforeAll(async () => {
  project = await sensorProject({ hours: 1 });
  project.write(
    "config/config.yaml",
    project.read("config/config.yaml").replace("type: influxdb,", `type: influxdb, token: "\${TOKEN:-}",`),
  );
});
afterAll(() => project.remove());

describe("kpi source ls", () => {
  it("leads from the folder's buckets to a measurement", async () => {
    expect(await project.json("source", "ls")).toMatchObject({
      schema_version: 1,
      ok: true,
      connection: "influx",
      level: "buckets",
      buckets: [{ name: "sensors", retention: null }],
    });
    const { code, stdout, stderr } = await project.kpi("source", "list", "influx", "--bucket", "sensors");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^measurement {2}fields +tags\nairSensors {3}co, humidity, temperature {2}sensor_id\n/);
    expect(stdout).toContain("Try: kpi source ls influx --bucket sensors --measurement airSensors\n");
    const shown = await project.kpi("source", "ls", "--bucket", "sensors", "--measurement", "airSensors");
    expect(shown.stdout).toMatch(/^airSensors in sensors: from 2026-01-05T0\d:\d\d:\d\dZ to 2026-01-05T04:09:50Z\n/);
    expect(shown.stdout).toMatch(/^co +DOUBLE$/m);
    expect(shown.stdout).toMatch(/^sensor_id +8 {2}TLM0100, .*, …$/m);
  });

  it("says what is not there", async () => {
    expect((await project.kpi("source", "ls", "influxx")).stderr).toContain("Did you mean influx?");
    expect((await project.kpi("source", "ls", "--measurement", "airSensors")).code).toBe(2);
    expect(await project.json("source", "ls", "--bucket", "sensors", "--measurement", "nosuch")).toMatchObject({
      code: 78,
      ok: false,
      error: { code: "SOURCE_NOT_FOUND" },
    });
  });

  it("keeps a proxy's password to itself", async () => {
    const env = { ...project.env };
    Object.assign(project.env, { INFLUX_URL: "http://influx.test", HTTP_PROXY: "http://ana:hidden%2Dword@127.0.0.1:1" });
    project.write("config/config.yaml", project.read("config/config.yaml").replace("type: influxdb,", "type: influxdb, retries: 0,"));
    const { code, stdout, stderr } = await project.kpi("source", "ls", "--json");
    project.env = env;
    expect(code).toBe(69);
    expect(stdout + stderr).not.toMatch(/hidden/);
  });

  it.each(INFLUX_KINDS)("looks into $name", { timeout: 60_000 }, async ({ found, start }) => {
    if (!found) return;
    await using server = await start("sensors");
    await server.write("sensors", "airSensors,sensor_id=a co=1.5,n=1i 1767261600000000000");
    const env = { ...project.env };
    Object.assign(project.env, { INFLUX_URL: server.url, TOKEN: "secret" });
    expect(await project.json("source", "ls")).toMatchObject({ buckets: [{ name: "sensors", retention: null }] });
    expect(await project.json("source", "ls", "--bucket", "sensors")).toMatchObject({
      level: "measurements",
      measurements: [{ name: "airSensors" }],
    });
    expect(await project.json("source", "ls", "--bucket", "sensors", "--measurement", "airSensors")).toMatchObject({
      level: "measurement",
      fields: [
        { name: "co", types: ["DOUBLE"] },
        { name: "n", types: ["BIGINT"] },
      ],
      tags: [{ name: "sensor_id", count: 1, more: false, values: ["a"] }],
      first: "2026-01-01T10:00:00Z",
      last: "2026-01-01T10:00:00Z",
    });
    project.env = env;
  });
});
