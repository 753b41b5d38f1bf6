import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StateEntry, StateLock } from "../../src/core/state-reports.js";
import { removeFolder } from "../support/find-secrets.js";
import { kpi } from "./support/kpi.js";

const at = (hour: number) => ({ last_processed_hour: `2026-01-01T${hour}:00:00Z`, first_hour: "2026-01-01T00:00:00Z" });
const ENTRY: StateEntry = {
  ...{ id: "01a2", at: "2026-01-01T11:00:00Z", by: "ana@host-1", verb: "set", reason: "typing error", undoes: null },
  ...{ before: at(10), after: at(12), marked: { status: "skipped", windows: 2 } },
};
const LOCK: StateLock = { key: "pipeline-horario", id: "t0", owner: "run 01a2 on host-1 (process 7)", since: "2026-01-01T11:00:00Z" };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kpi-import-"));
});
afterAll(() => removeFolder(folder));

const written = (states: unknown, version = 1) => {
  const file = join(folder, "states.json");
  writeFileSync(file, JSON.stringify({ schema_version: version, states }));
  return file;
};

describe("`kpi state list`", () => {
  it("shows pipelines, keys that belong to none, and who works on them", async () => {
    const written = { updated_at: "2026-01-01T11:00:05Z", updated_by: "ana" };
    const states = [
      { pipeline: "pipeline-horario", key: "pipeline-horario", ...at(10), ...written, locked_by: "run 01a2" },
      { pipeline: null, key: "old", ...at(10), ...written, locked_by: null },
    ];
    const { stdout } = await kpi("state list", { states });
    expect(stdout).toMatch(/^file\npipeline +last processed +first +written +locked by\npipeline-horario .* run 01a2\n\(old\) .*\n$/);
    expect(JSON.parse((await kpi("state list --json", { states })).stdout)).toMatchObject({ ok: true, states });
    expect((await kpi("state list")).stdout).toBe('The store "file" holds nothing yet\n');
  });
});

describe("`kpi state history`", () => {
  it("tells who changed what, when and why, and what was undone", async () => {
    const undo: StateEntry = { ...ENTRY, id: "01a3", verb: "undo", reason: null, before: at(12), after: at(10), undoes: "01a2" };
    const { stdout } = await kpi("state history", { history: [undo, ENTRY] });
    expect(stdout).toBe(
      "pipeline-horario\n" +
        "  2026-01-01T11:00:00Z  undo  2026-01-01T12:00:00Z → 2026-01-01T10:00:00Z, 2 windows skipped\n" +
        "    ana@host-1\n" +
        "  2026-01-01T11:00:00Z  set  2026-01-01T10:00:00Z → 2026-01-01T12:00:00Z, 2 windows skipped (undone)\n" +
        "    ana@host-1: typing error\n",
    );
    expect((await kpi("state history")).stdout).toBe("Nobody has changed the state of pipeline-horario\n");
  });
});

describe("`kpi state undo`", () => {
  it("names the change before it takes it back", async () => {
    const history = [ENTRY];
    const sentence = 'undo the "set" of 2026-01-01T11:00:00Z by ana@host-1, before which "pipeline-horario" was at 2026-01-01T10:00:00Z';
    expect(await kpi("state undo", { history })).toMatchObject({ status: 2, asked: [], stderr: expect.stringContaining("--yes") });
    expect((await kpi("state undo --dry-run", { history })).stdout).toContain(sentence);
    const agreed = await kpi("state undo --reason oops", { history }, { tty: true, input: "y\n" });
    expect(agreed.stderr).toContain(sentence);
    expect(agreed).toMatchObject({ status: 0, asked: [["state.undo", "pipeline-horario", { reason: "oops" }]] });
    expect(agreed.stdout).toContain("2 windows restored");
  });

  it("is refused where there is nothing to undo", async () => {
    expect(await kpi("state undo --yes")).toMatchObject({ status: 2, asked: [], stderr: expect.stringContaining("history holds none") });
  });
});

describe("`kpi state import`", () => {
  it("names every move before it is made", async () => {
    const file = written({ "pipeline-horario": at(12) });
    const sentence = 'move "pipeline-horario" from 2026-01-01T10:00:00Z to 2026-01-01T12:00:00Z';
    expect(await kpi(`state import ${file}`)).toMatchObject({ status: 2, asked: [] });
    const tried = await kpi(`state import ${file} --dry-run --json`);
    expect(JSON.parse(tried.stdout)).toMatchObject({ dry_run: true, changes: [expect.stringContaining(sentence)] });
    const { asked } = await kpi(`state import ${file} --adopt --reason moved --yes`);
    expect(asked).toEqual([["state.restore", "pipeline-horario", at(12), { adopt: true, reason: "moved" }]]);
  });

  it.each([
    ["of another version", written, {}, 2, "no export"],
    ["without states", written, null, 1, 'has no map "states"'],
    ["with an hour that is none", written, { "pipeline-horario": { ...at(10), last_processed_hour: "ten" } }, 1, "is no state"],
  ])("refuses a file %s", async (_, write, states, version, message) => {
    const { status, stderr, asked } = await kpi(`state import ${write(states, version)} --yes`);
    expect({ status, asked }).toEqual({ status: 2, asked: [] });
    expect(stderr).toContain(message);
  });

  it("changes nothing where one of its pipelines is not known", async () => {
    const file = written({ "pipeline-horario": at(10), other: at(10) });
    expect(await kpi(`state import ${file} --yes`)).toMatchObject({ status: 2, asked: [] });
  });
});

describe("`kpi state export`", () => {
  it("prints the same document for people and programs", async () => {
    const [plain, json] = [await kpi("state export"), await kpi("state export --json")];
    expect(JSON.parse(plain.stdout)).toEqual(JSON.parse(json.stdout));
    expect(JSON.parse(json.stdout)).toMatchObject({ schema_version: 1, states: {} });
  });
});

describe("`kpi state copy`", () => {
  it("copies every pipeline and says which line to change", async () => {
    expect(await kpi("state copy --to block")).toMatchObject({ status: 2, asked: [] });
    const { asked, stdout } = await kpi("state copy --to block --adopt --reason moved --yes");
    expect(asked).toEqual([["state.copy", "pipeline-horario", { from: null, to: "block", adopt: true, reason: "moved" }]]);
    expect(stdout).toContain("state: { store: block }\n");
    expect((await kpi("state copy --from block --yes")).stdout).not.toContain("state: {");
    expect((await kpi("state copy --from block --dry-run")).stdout).toBe(
      'would copy the state of "pipeline-horario" from "block" to the configured store (file), over what is there\n',
    );
  });
});

describe("`kpi state unlock`", () => {
  it("names the holder, and takes the lock away once that is confirmed", async () => {
    const locks = [LOCK];
    const refused = await kpi("state unlock", { locks });
    expect(refused).toMatchObject({ status: 2, asked: [], stderr: expect.stringContaining(LOCK.owner) });
    expect((await kpi("state unlock --dry-run", { locks })).stdout).toBe(
      "pipeline-horario: run 01a2 on host-1 (process 7) since 2026-01-01T11:00:00Z, would be removed\n",
    );
    const { asked, stdout } = await kpi("state unlock --yes --json", { locks });
    expect(asked).toEqual([["state.unlock", "pipeline-horario", ["t0"], { reason: null }]]);
    const { id: _, ...told } = LOCK;
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, locks: [{ ...told, removed: true }] });
  });

  it("asks nothing where nobody holds it", async () => {
    expect(await kpi("state unlock")).toMatchObject({ status: 0, asked: [], stdout: "Nobody holds a lock of pipeline-horario\n" });
  });
});
