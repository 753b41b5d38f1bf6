import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DoctorReport } from "../../src/core/finding.js";
import type { RunReport } from "../../src/core/reports.js";
import { findFakeGcs, startFakeGcs } from "../servers/fake-gcs.js";
import { findSecrets } from "../support/find-secrets.js";
import { type AskedRequest, type JsonServer, openJsonServer } from "../support/json-server.js";
import { KpiProject } from "../support/kpi-project.js";
import { tables } from "../support/tables.js";
import { TEST_SECRETS } from "../support/test-secrets.js";

const { apiKey: API_KEY, password: PASSWORD, prefectKey: PREFECT_KEY } = TEST_SECRETS;
const SHORT = "kurz";

const fakeGcs = findFakeGcs();
let project: KpiProject;
let source: JsonServer;
let prefect: JsonServer;

beforeEach(async () => {
  source = await openJsonServer();
  prefect = await openJsonServer();
  prefect.answer(block({ value: API_KEY }));
  project = new KpiProject();
  Object.assign(project.env, { KPI_NOW: "2026-01-05T04:10:00Z", SOURCE_URL: source.url });
  project.write(".env", `PREFECT_API_URL=${prefect.url}/api\nPREFECT_API_KEY=${PREFECT_KEY}\n`);
  project.write("run/password", `${PASSWORD}\n`);
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: references, as they are written in the file
  configure('password: "${file:run/password}", headers: { x-api-key: "${prefect:secret/api-key}" }');
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
});
afterEach(async () => {
  await source[Symbol.asyncDispose]();
  await prefect[Symbol.asyncDispose]();
  project.remove();
});

function configure(credentials: string, state = "store: file"): void {
  project.write(
    "config.yaml",
    `state: { ${state} }
connections:
  source: { type: http, url: "\${env:SOURCE_URL}", username: ana, ${credentials} }
  unused: { type: http, url: "http://127.0.0.1:9", token: "\${prefect:secret/unused}" }
pipelines:
  hourly:
    every: 1h
    steps:
      rows: { extract: http, connection: source, path: /rows, query: { from: $window_start }, columns: { v: DOUBLE }, request_retries: 0 }
      publish: { load: duckdb, from: rows, table: answered }
`,
  );
}

/** Prefect's answer for any block: a document of these data; null where there is none. */
function block(data: object | null) {
  return ({ url }: AskedRequest, response: ServerResponse) => {
    if (data !== null) return { id: "1", name: url.split("/").at(-1), updated: "2026-01-01T00:00:00Z", data };
    response.statusCode = 404;
    return { detail: "Block document not found" };
  };
}

const run = (...flags: string[]) => project.json<RunReport>("run", "hourly", ...flags);

/** The ways in which a server may say again what it was told. */
const ECHOES: readonly (readonly [how: string, echo: (request: AskedRequest) => string])[] = [
  ["in its headers", ({ headers }) => `${headers.authorization} ${headers["x-api-key"]}`],
  ["decoded", ({ headers }) => Buffer.from(headers.authorization?.slice(6) ?? "", "base64").toString()],
  ["as JSON", ({ headers }) => JSON.stringify({ request: JSON.stringify(headers) }).slice(0, 200)],
  ["as JSON of the decoded", ({ headers }) => JSON.stringify([Buffer.from(headers.authorization?.slice(6) ?? "", "base64").toString()])],
  ["in an address", () => `https://login?key=${encodeURIComponent(API_KEY)}&p=${new URLSearchParams({ p: PASSWORD })}`],
  ["in base64url", () => `${Buffer.from(`x:${API_KEY}`).toString("base64url")}.${Buffer.from(PASSWORD).toString("base64url")}`],
  ["cut off in the middle", () => `${"x".repeat(180)} ${API_KEY}`],
];

describe("secrets of files and of Prefect", () => {
  it("reach the source, each looked up once, and only by what needs them", async () => {
    source.answer(() => [{ v: 1 }]);
    expect((await project.kpi("validate")).code).toBe(0);
    expect((await project.kpi("plan")).code).toBe(0);
    expect((await project.kpi("state", "show")).code).toBe(0);
    expect(prefect.asked).toEqual([]);
    expect(await run()).toMatchObject({ code: 0, windows: [{ status: "loaded", rows: 1 }] });
    expect(source.asked[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from(`ana:${PASSWORD}`).toString("base64")}`,
      "x-api-key": API_KEY,
    });
    expect(prefect.asked.map(({ url }) => url)).toEqual(["/api/block_types/slug/secret/block_documents/name/api-key?include_secrets=true"]);
    expect(prefect.asked[0]?.headers.authorization).toBe(`Bearer ${PREFECT_KEY}`);
  });

  it.each(ECHOES)("are kept back where the source echoes them %s", async (_, echo) => {
    source.answer((request, response) => {
      response.writeHead(400, { "content-type": "text/plain" }).end(echo(request));
    });
    const failed = await run();
    expect(failed).toMatchObject({ ok: false, code: 65, error: { code: "SOURCE_REFUSED" } });
    expect(failed.error?.message).toContain("***");
    const [attempt] = await tables(project, "SELECT error FROM kpi._kpi.attempts");
    expect(attempt?.error).toContain("***");
    expect(findSecrets("the ledger", JSON.stringify(attempt), project.secrets)).toEqual([]);
    expect(project.leaked()).toEqual([]);
  });

  it("are kept back from every face of a failure, and from all that it leaves", async () => {
    source.answer(({ headers }, response) => {
      response.writeHead(400, { "content-type": "text/plain" }).end(JSON.stringify(headers));
    });
    project.env.KPI_DEBUG = "1";
    for (const flags of [[], ["-v"], ["--events"], ["--json", "--events"], ["--keep"]]) {
      const { code, stdout, stderr } = await project.kpi("run", "hourly", ...flags);
      expect({ flags, code, masked: (stdout + stderr).includes("***") }).toEqual({ flags, code: 65, masked: true });
    }
    await project.kpi("runs", "show", "last");
    expect((await project.kpi("runs", "logs", "last")).stdout).toContain("***");
    for (const flags of [["--json"], ["--explain", "--json"], ["--explain"]]) await project.kpi("plan", ...flags);
    expect(project.leaked()).toEqual([]);
  });

  it("are kept back where they are short, as far as a password of a header can be", async () => {
    project.secrets.push(Buffer.from(`ana:${SHORT}`).toString("base64"), ` ${SHORT}`);
    project.write("run/password", SHORT);
    source.answer(({ headers }, response) => {
      response.writeHead(400, { "content-type": "text/plain" }).end(`${headers.authorization} ${SHORT}`);
    });
    expect((await run()).error?.message).toMatch(/: Basic \*\*\*=* \*\*\*$/);
  });

  it("give way to a default where Prefect holds none, or is not set up", async () => {
    source.answer(() => [{ v: 1 }]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
    configure('headers: { x-api-key: "${prefect:secret/api-key:-none}" }');
    prefect.answer(block(null));
    expect(await run()).toMatchObject({ code: 0 });
    project.write(".env", "");
    project.env.KPI_NOW = "2026-01-05T05:10:00Z";
    expect(await run()).toMatchObject({ code: 0 });
    expect(source.asked.map(({ headers }) => headers["x-api-key"])).toEqual(["none", "none"]);
  });

  it("end the run with the reason where they cannot be had", async () => {
    prefect.answer(block(null));
    expect(await run()).toMatchObject({
      code: 78,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
      error: { code: "CONFIG_INVALID", message: 'Cannot fill in "${prefect:secret/api-key}": Prefect has no block of that name' },
    });
    prefect.answer((_, response) => {
      response.statusCode = 401;
      return { exception_message: `Unauthorized ${PREFECT_KEY}` };
    });
    expect(await run()).toMatchObject({
      code: 77,
      error: { code: "CREDENTIALS_REFUSED", hint: expect.stringContaining("PREFECT_API_KEY") },
    });
    project.write(".env", "");
    expect(await run()).toMatchObject({ code: 78, error: { code: "CONFIG_INVALID", hint: expect.stringContaining("PREFECT_API_URL") } });
    expect(source.asked).toEqual([]);
  });

  it.skipIf(fakeGcs === null)("open a bucket of Google by a service account that Prefect keeps", { timeout: 60_000 }, async () => {
    await using bucket = await startFakeGcs(fakeGcs ?? "");
    const { credentials, ...place } = await bucket.place();
    const account = JSON.parse(String(credentials)) as { readonly private_key: string };
    source.answer(() => [{ v: 1 }]);
    prefect.answer(block({ service_account_info: account, service_account_file: null, project: "plant" }));
    const settings = Object.entries(place).map(([key, value]) => `${key}: ${JSON.stringify(value)}, `);
    configure("headers: {}", `store: gcs, ${settings.join("")}credentials: "\${prefect:gcp-credentials/warehouse}"`);
    expect(await run()).toMatchObject({ code: 0 });
    expect(await project.json("state", "show")).toMatchObject({ store: "gcs", last_processed_hour: "2026-01-05T03:00:00Z" });
    const { findings } = await project.json<DoctorReport>("doctor");
    expect(findings.find(({ about }) => about === "state")).toMatchObject({ name: "gcs", level: "ok" });
    expect(findings.find(({ name }) => name === "prefect:gcp-credentials/warehouse")).toMatchObject({ level: "ok", message: "is set" });
    prefect.answer(block({ service_account_info: { private_key: account.private_key }, project: "plant" }));
    expect(await run()).toMatchObject({ code: 78, error: { code: "CONFIG_INVALID" } });
  });

  it("are kept back where Prefect, as the state store, repeats a request in its refusal", async () => {
    source.answer(() => [{ v: 1 }]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: references, as they are written in the file
    configure('password: "${file:run/password}"', 'store: prefect, api_url: "${PREFECT_API_URL}", api_key: "${prefect:secret/api-key}"');
    prefect.answer(({ url, headers, body }, response) => {
      if (url.includes("/secret/")) return block({ value: API_KEY })({ url } as AskedRequest, response);
      response.statusCode = 422;
      return { exception_message: "Invalid request received.", request_body: body, headers };
    });
    const report = await run();
    expect(report).toMatchObject({ ok: false, error: { code: "SOURCE_REFUSED" } });
    expect(prefect.asked.at(-1)?.headers.authorization).toBe(`Bearer ${API_KEY}`);
    expect(project.leaked()).toEqual([]);
  });
});
