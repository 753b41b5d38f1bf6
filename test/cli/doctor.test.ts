import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apart } from "../../src/cli/doctor-apart.js";
import type { Host } from "../../src/cli/host.js";
import type { ErrorCode } from "../../src/core/errors.js";
import type { Finding } from "../../src/core/finding.js";
import { removeFolder } from "../support/find-secrets.js";
import { kpi } from "./support/kpi.js";

const fine: Finding = { about: "node", name: null, level: "ok", code: null, message: "Node 20", hint: null };
const odd: Finding = { about: "secret", name: "TOKEN", level: "warning", code: null, message: "is empty", hint: "Set it" };
const wrong = (code: ErrorCode): Finding => ({
  about: "warehouse",
  name: "a.duckdb",
  level: "error",
  code,
  message: "no",
  hint: "one\ntwo",
});

describe("`kpi doctor`", () => {
  it("lists what was found, each with a mark and what to do", async () => {
    const { status, stdout, stderr } = await kpi("doctor", { findings: [fine, odd, wrong("WAREHOUSE_HELD")] });
    expect({ status, stderr }).toEqual({ status: 75, stderr: "" });
    expect(stdout).toBe(
      [
        "✓ node: Node 20",
        "! secret TOKEN: is empty",
        "    Set it",
        "✗ warehouse a.duckdb: no (WAREHOUSE_HELD)",
        "    one",
        "    two",
        "",
        "1 error, 1 warning",
        "",
      ].join("\n"),
    );
  });

  it("prints a document with --json, and passes --offline on", async () => {
    const { stdout, asked } = await kpi("doctor --offline --json", { findings: [fine] });
    expect(JSON.parse(stdout)).toEqual({ schema_version: 1, ok: true, offline: true, findings: [fine] });
    expect(asked).toEqual([["doctor", true]]);
  });

  it.each([
    [[], 0],
    [[odd], 0],
    [[wrong("SOURCE_UNREACHABLE"), wrong("CREDENTIALS_REFUSED"), wrong("CONFIG_INVALID")], 77],
    [[wrong("SOURCE_UNREACHABLE"), wrong("WAREHOUSE_HELD")], 69],
  ] as const)("ends with the status of the worst finding: what a person must settle, else the first", async (findings, expected) => {
    expect((await kpi("doctor", { findings })).status).toBe(expected);
  });
});

describe("a part of doctor in a process of its own", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kpi-doctor-"));
  });
  afterAll(() => removeFolder(folder));

  async function partOf(program: string): Promise<readonly Finding[]> {
    const path = join(folder, "program.cjs");
    writeFileSync(path, program);
    const host = { argv: [process.execPath, path], env: { LEFT: "alone" }, cwd: () => folder } as unknown as Host;
    return apart("warehouse", host, { config: "c.yaml", now: "2026-01-01T00:00:00Z" }, new AbortController().signal);
  }

  it("is told which, with the flags that matter, and its findings are taken", async () => {
    const told =
      "console.log(JSON.stringify({ findings: [[process.env.KPI_DOCTOR_PART, process.env.LEFT, ...process.argv.slice(2)].join(' ')] }))";
    expect(await partOf(told)).toEqual(["warehouse alone doctor --json --config c.yaml --now 2026-01-01T00:00:00Z"]);
  });

  it.each([
    ["process.kill(process.pid, 'SIGSEGV')", "was ended by SIGSEGV"],
    ["process.exit(134)", "ended with 134 and without a word"],
    ["console.log('no document')", "ended with 0 and without a word"],
  ])("may crash: %s is a finding", async (program, how) => {
    expect(await partOf(program)).toMatchObject([
      { level: "error", code: "INTERNAL", message: `Cannot try the warehouse: the process that tried it ${how}`, hint: expect.any(String) },
    ]);
  });
});
