import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Notice, RunReport } from "../../src/core/reports.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";
import { TEST_SECRETS } from "../support/test-secrets.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject();
});
afterEach(() => project.remove());

const SECRET = TEST_SECRETS.door;

/** The shipped pipeline with hooks; its source is what INFLUX_URL says. */
function notify(...hooks: string[]): void {
  const lines = hooks.map((hook) => `      - ${hook}\n`).join("");
  project.write(
    "config/config.yaml",
    config("3h", (yaml) => yaml.replace("    settle: 5m\n", `    settle: 5m\n    notify:\n${lines}`)),
  );
}

/** A process that has ended may be there until somebody takes notice. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

const run = () => project.json<RunReport>("run", "pipeline-horario");

describe("notify", () => {
  it("hands one document to a command, when runs fail and when they are well again", async () => {
    notify('{ on: [failure, recovery], command: [sh, -c, "cat >> told.ndjson; echo >> told.ndjson"] }');
    project.env.DOOR_TOKEN = SECRET;
    project.env.INFLUX_URL = `file:behind/${SECRET}`;
    expect(await run()).toMatchObject({ code: 78 });
    project.env.INFLUX_URL = "";
    expect(await run()).toMatchObject({ code: 0 });
    expect(await run()).toMatchObject({ code: 0 });
    const told = project
      .read("told.ndjson")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Notice);
    expect(told).toMatchObject([
      { schema_version: 1, event: "failure", pipeline: "pipeline-horario", error: { code: "SOURCE_NOT_FOUND" } },
      { event: "recovery", cursor: "2026-01-05T03:00:00Z", error: null },
    ]);
    expect(told[0]?.text).toContain("behind/***");
    expect(project.read("told.ndjson")).not.toContain(SECRET);
  });

  it("posts it to a webhook, whose address is a secret", async () => {
    const asked: { url: string | undefined; body: string }[] = [];
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push({ url: request.url, body });
        response.writeHead(asked.length === 1 ? 200 : 403, { "content-type": "text/plain" }).end("ok");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      project.env.ALERTS = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/${SECRET}?to=ops`;
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
      notify('{ on: failure, webhook: "${ALERTS}" }');
      project.env.INFLUX_URL = "http://127.0.0.1:9";
      expect(await run()).toMatchObject({ code: 69 });
      expect(asked).toMatchObject([{ url: `/services/${SECRET}?to=ops` }]);
      expect(JSON.parse(asked[0]?.body ?? "")).toMatchObject({ event: "failure", text: expect.stringContaining("SOURCE_UNREACHABLE") });
      const refused = await run();
      expect(refused).toMatchObject({ code: 69, error: { code: "SOURCE_UNREACHABLE" } });
      expect(refused.stderr).toContain("HOOK_FAILED");
      expect(refused.stderr).not.toContain(SECRET);
    } finally {
      server.close();
    }
  });

  it("tells of late data and of a source that has fallen silent, each once; a backfill tells nothing", async () => {
    const events = ["failure", "late"].join(", ");
    notify(`{ on: [${events}], silence: 2h, command: [sh, -c, "cat >> told.ndjson; echo >> told.ndjson"] }`);
    project.write("config/config.yaml", project.read("config/config.yaml").replace("settle: 5m", "settle: 5m\n    late: 48h"));
    await run();
    const point = `airSensors,sensor_id=TLM0100 co=0.5 ${Date.parse("2026-01-05T02:10:03Z")}000000\n`;
    project.write("sample/sensors/late.lp", point);
    await run();
    project.env.KPI_NOW = "2026-01-05T07:10:00Z";
    expect(await run()).toMatchObject({ code: 0, windows: [{ status: "loaded" }, { status: "empty" }, { status: "empty" }] });
    await run();
    project.env.INFLUX_URL = "http://127.0.0.1:9";
    const stretch = ["--from", "2026-01-05T01:00:00Z", "--to", "2026-01-05T02:00:00Z", "--rerun", "all"];
    const backfill = await project.kpi("backfill", "pipeline-horario", ...stretch);
    expect([backfill.code, backfill.stderr]).toEqual([69, expect.stringContaining("(--rerun all)\n  left out: the hooks of notify\n")]);
    const told = project.read("told.ndjson").trim().split("\n");
    expect(told.map((line) => JSON.parse(line) as Notice)).toMatchObject([
      { event: "late", windows: [{ start: "2026-01-05T02:00:00Z", reason: "late", status: "loaded" }] },
      { event: "silence", since: "2026-01-05T05:00:00Z" },
    ]);
  });

  it("never fails a run, nor holds it up: a command that is gone, that fails, or that does not end", async () => {
    notify(
      "{ silence: 1s, command: [no-such-program] }",
      '{ silence: 1s, command: [sh, -c, "echo no mail today >&2; exit 3"] }',
      "{ silence: 1s, timeout: 500ms, command: [sh, -c, \"echo $$$$ >> pids; sh -c 'echo $$$$ >> pids; sleep 60; true'; true\"] }",
    );
    const started = performance.now();
    const { code, ok, stderr } = await run();
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(performance.now() - started).toBeLessThan(20_000);
    for (const said of ["no-such-program", "it ended with 3, no mail today", "its time was up"]) expect(stderr).toContain(said);
    const pids = project.read("pids").trim().split("\n");
    expect(pids).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+$/)]);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    expect((await run()).stderr).not.toContain("HOOK_FAILED");
  });

  it("wants a command or a webhook, not both", async () => {
    notify('{ command: ["true"], webhook: "https://example.org" }');
    expect((await project.kpi("validate")).code).toBe(78);
  });
});
