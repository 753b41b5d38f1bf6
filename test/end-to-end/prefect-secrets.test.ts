import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DoctorReport, Finding } from "../../src/core/finding.js";
import type { RunReport } from "../../src/core/reports.js";
import { findPrefect, type PrefectServer, startPrefect } from "../servers/prefect.js";
import { type JsonServer, openJsonServer } from "../support/json-server.js";
import { KpiProject } from "../support/kpi-project.js";
import { TEST_SECRETS } from "../support/test-secrets.js";

const { prefectDoor: AUTH, prefectSecret: API_KEY } = TEST_SECRETS;
const ACCOUNT = {
  type: "service_account",
  project_id: "plant",
  private_key: `-----BEGIN KEY-----\n${TEST_SECRETS.serviceAccount}\n-----END KEY-----\n`,
};

const venv = findPrefect();
let server: PrefectServer;
let source: JsonServer;
let project: KpiProject;

beforeAll(async () => {
  if (venv === null) return;
  server = await startPrefect(venv, { PREFECT_SERVER_API_AUTH_STRING: AUTH });
  await makeBlock("secret", "influxdb-token", { value: API_KEY });
  await makeBlock("secret", "structured", { value: { user: "ana", password: API_KEY } });
  await makeBlock("secret", "nothing", { value: "" });
  await makeBlock("gcp-credentials", "warehouse", { service_account_info: ACCOUNT, project: "plant" });
}, 120_000);
afterAll(() => server?.[Symbol.asyncDispose]());

beforeEach(async () => {
  source = await openJsonServer();
  source.answer(() => [{ v: 1 }]);
  project = new KpiProject();
  project.secrets.push(AUTH.slice(AUTH.indexOf(":") + 1));
  Object.assign(project.env, { KPI_NOW: "2026-01-05T04:10:00Z", SOURCE_URL: source.url });
  if (venv !== null) Object.assign(project.env, { PREFECT_API_URL: server.url, PREFECT_API_AUTH_STRING: AUTH });
});
afterEach(async () => {
  await source[Symbol.asyncDispose]();
  project.remove();
});

async function ask<Answer>(path: string, body?: object): Promise<Answer> {
  const reply = await fetch(`${server.url}${path}`, {
    ...(body && { method: "POST", body: JSON.stringify(body) }),
    headers: { authorization: `Basic ${Buffer.from(AUTH).toString("base64")}`, "content-type": "application/json" },
  });
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as Answer;
}

async function makeBlock(type: string, name: string, data: object): Promise<void> {
  const { id } = await ask<{ id: string }>(`/block_types/slug/${type}`);
  const [schema] = await ask<{ id: string }[]>("/block_schemas/filter", { block_schemas: { block_type_id: { any_: [id] } }, limit: 1 });
  await ask("/block_documents/", { name, data, block_type_id: id, block_schema_id: schema?.id, is_anonymous: false });
}

function configure(token: string, state = "store: file"): void {
  project.write(
    "config.yaml",
    `state: { ${state} }
connections:
  source: { type: http, url: "\${SOURCE_URL}", token: "${token}" }
pipelines:
  hourly:
    every: 1h
    steps:
      rows: { extract: http, connection: source, path: /rows, query: { from: $window_start }, columns: { v: DOUBLE } }
      publish: { load: duckdb, from: rows, table: answered }
`,
  );
}

const run = () => project.json<RunReport>("run", "hourly");
const examine = () => project.json<DoctorReport>("doctor");

function said(report: DoctorReport, about: Finding["about"]) {
  return report.findings.filter((finding) => finding.about === about).map(({ name, level, message }) => [name, level, message]);
}

describe.skipIf(venv === null)("a real Prefect", () => {
  it.each([
    ["secret/influxdb-token", API_KEY],
    ["secret/structured", JSON.stringify({ user: "ana", password: API_KEY })],
    ["gcp-credentials/warehouse", JSON.stringify(ACCOUNT)],
  ])("gives %s to what needs it, and to nobody else", async (block, expected) => {
    configure(`\${prefect:${block}}`);
    expect(await run()).toMatchObject({ code: 0, ok: true });
    expect(source.asked[0]?.headers.authorization).toBe(`Bearer ${expected}`);
    source.answer(({ headers }, response) => {
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(headers));
    });
    project.env.KPI_NOW = "2026-01-05T05:10:00Z";
    expect((await run()).error?.message).toContain("***");
  });

  it("is looked at by doctor: its version, the state store in it, the secrets it holds", { timeout: 60_000 }, async () => {
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: references, as they are written in the file
    configure(
      "${prefect:secret/influxdb-token}",
      'store: prefect, name: "doctor-{pipeline}", api_url: "${PREFECT_API_URL}", auth_string: "${PREFECT_API_AUTH_STRING}"',
    );
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
    const report = await examine();
    expect(report).toMatchObject({ ok: true, code: 0 });
    expect(said(report, "secret")).toEqual([
      ["PREFECT_API_AUTH_STRING", "ok", "is set"],
      ["prefect:secret/influxdb-token", "ok", "is set"],
    ]);
    expect(said(report, "state")).toEqual([["prefect", "ok", "keeps what is written, refuses a stale write and a second lock"]]);
    expect(said(report, "prefect")).toEqual([
      ["state", "ok", expect.stringMatching(/^Prefect 3\.\S+ at http/)],
      ["secrets", "ok", expect.stringMatching(/^Prefect 3\.\S+ at http/)],
    ]);
    const filter = { block_types: { slug: { any_: ["pipelinestateblock"] } } };
    expect(await ask<unknown[]>("/block_documents/filter", filter)).toEqual([]);
  });

  it("is told apart by doctor from one that refuses, and a block from one that is not there", async () => {
    configure(`\${prefect:secret/none}\${prefect:secret/other:-}\${prefect:secret/nothing}`);
    const report = await examine();
    expect(report).toMatchObject({ ok: false, code: 78 });
    expect(said(report, "secret")).toEqual([
      ["prefect:secret/none", "error", 'Cannot find "prefect:secret/none": Prefect has no block of that name'],
      ["prefect:secret/other", "ok", "is not set: the default of the configuration stands for it"],
      ["prefect:secret/nothing", "warning", "is empty"],
    ]);
    project.env.PREFECT_API_AUTH_STRING = "door:wrong-word-of-nobody";
    const refused = await examine();
    expect(refused).toMatchObject({ ok: false, code: 77 });
    expect(said(refused, "prefect")).toMatchObject([["secrets", "error", expect.stringContaining("answers 401")]]);
  });
});
