import { rmSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { openMemoryStore } from "../support/open-memory-store.js";
import { HOUR, TestProject } from "../support/test-project.js";

const LONG = process.env.KPI_TEST_LONG === "1";
let project: TestProject;
const pipeline = () => project.windowed({ begin: { kind: "ago", ms: 3 * HOUR } });
const state = () => project.engine(pipeline()).state;
const at = (hour: string) => Date.parse(`2026-01-01T${hour}:00:00Z`);
const set = (hour: string, adopt = false) => state().set(pipeline(), at(hour), { adopt, reason: null });
const undo = () => state().undo(pipeline(), { reason: null });
const hours = ({ windows }: RunReport) => windows.map(({ start, status }) => `${start.slice(11, 13)} ${status}`);
const later = <Result>(count: number, work: () => Result): Result => {
  project.now += count * HOUR;
  return work();
};
const shown = async () => {
  const { last_processed_hour: last, first_hour: first } = await state().show(pipeline());
  return [last?.slice(11, 13) ?? null, first?.slice(11, 13) ?? null];
};
/** What a reader of the ledger sees: everything but the attempts' numbers and times. */
const windows = () =>
  project.query<{ status: string }>(
    "SELECT window_start, status, source_rows, rows, definition, run_id FROM warehouse._kpi.windows ORDER BY window_start",
  );

beforeEach(async () => {
  project = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
  project.fill("2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z");
  await project.run(pipeline());
});
afterEach(() => project.remove());

describe("the history of a state", () => {
  it("tells who changed it when and why, newest first, but not what runs did", async () => {
    await set("07");
    await state().reset(pipeline(), null, { reason: "all wrong" });
    const { entries } = await state().history(pipeline());
    expect(entries).toMatchObject([
      { verb: "reset", reason: "all wrong", at: "2026-01-01T10:30:00Z", by: expect.stringMatching(/.@./), undoes: null },
      { verb: "set", reason: null, marked: { status: "reopened", windows: 2 } },
    ]);
    expect(entries[1]).toMatchObject({
      before: { last_processed_hour: "2026-01-01T09:00:00Z", first_hour: "2026-01-01T07:00:00Z" },
      after: { last_processed_hour: "2026-01-01T07:00:00Z", first_hour: "2026-01-01T07:00:00Z" },
    });
    await project.run(pipeline());
    expect((await state().history(pipeline())).entries).toHaveLength(2);
  });

  it("keeps the newest fifty", async () => {
    for (let round = 0; round < 52; round++) await state().set(pipeline(), at("09"), { adopt: false, reason: `round ${round}` });
    const { entries } = await state().history(pipeline());
    expect([entries.length, entries[0]?.reason, entries.at(-1)?.reason]).toEqual([50, "round 51", "round 2"]);
  });
});

describe("undo", () => {
  it.each([
    ["a move back", () => set("07")],
    ["a move forward", () => later(2, () => set("11"))],
    ["an adoption", () => later(2, () => set("11", true))],
    ["a reset", () => state().reset(pipeline(), null, { reason: null })],
    ["a reset to before the first hour", () => state().reset(pipeline(), at("05"), { reason: null })],
    ["a skip", () => later(1, () => state().skip(pipeline(), at("10"), { reason: "off" }))],
  ])("takes back %s, in ledger and state", async (_, change) => {
    const before = await windows();
    await change();
    const { entries } = await state().history(pipeline());
    expect(await undo()).toMatchObject({ marked: { status: "restored" } });
    expect(await shown()).toEqual(["09", "07"]);
    const same = (await windows()).filter(({ status }) => status !== "reopened");
    expect(same).toEqual(before);
    expect((await state().history(pipeline())).entries[0]).toMatchObject({ verb: "undo", undoes: entries[0]?.id });
    expect(hours(await project.run(pipeline()))).toEqual(project.now > at("11") ? expect.arrayContaining(["10 loaded"]) : []);
  });

  it("takes back one change after the other", async () => {
    const before = await windows();
    await set("08");
    await state().skip(pipeline(), at("09"), { reason: "off" });
    await undo();
    expect(await shown()).toEqual(["08", "07"]);
    await undo();
    expect(await windows()).toEqual(before);
    await expect(undo()).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining("its history holds none") });
  });

  it("leaves alone what runs have done since, and is refused where that is all", async () => {
    await set("07");
    await project.run(pipeline(), { maxWindows: 1 });
    expect((await undo()).marked).toEqual({ status: "restored", windows: 1 });
    expect(await shown()).toEqual(["09", "07"]);

    await set("07");
    await project.run(pipeline());
    const before = await windows();
    await expect(undo()).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining("none of its 2 windows") });
    expect([await windows(), await shown()]).toEqual([before, ["09", "07"]]);
  });

  it("restores hours that failed after they were opened again, whose rows are still there", async () => {
    const before = await windows();
    await set("07");
    project.beforeExtract = () => Promise.reject(new Error("no source"));
    await project.run(pipeline());
    await undo();
    expect(await windows()).toEqual(before);
  });

  it("never lets the state lead the ledger: it is refused where the warehouse does not hold what was there", async () => {
    await set("07");
    rmSync(project.warehousePath);
    await expect(undo()).rejects.toMatchObject({ code: "USAGE" });
    expect((await shown())[0]).toBe("07");

    await state().reset(pipeline(), at("07"), { reason: null });
    await set("08", true);
    await undo();
    expect(await shown()).toEqual([null, "07"]);
  });

  it("is refused where the state before was ahead of the warehouse", async () => {
    rmSync(project.warehousePath);
    await set("09", true);
    await expect(undo()).rejects.toMatchObject({ code: "STATE_AHEAD", hint: expect.stringContaining("--adopt") });
    expect(await windows()).toHaveLength(3);
  });

  it("of the first change of all leaves the pipeline as if nobody had touched it", async () => {
    const fresh = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
    const { state: verbs } = fresh.engine(pipeline());
    try {
      await verbs.set(pipeline(), at("04"), { adopt: true, reason: null });
      await verbs.undo(pipeline(), { reason: null });
      expect(await verbs.show(pipeline())).toMatchObject({ last_processed_hour: null, first_hour: null });
    } finally {
      fresh.remove();
    }
  });
});

describe("any changes", () => {
  it("leave the state behind the ledger or where it is, and all of them undone everything is as it was", {
    timeout: LONG ? 400_000 : 60_000,
  }, async () => {
    const hour = fc.integer({ min: 5, max: 11 }).map((number) => String(number).padStart(2, "0"));
    const change = fc.oneof(
      fc.record({ verb: fc.constantFrom("set" as const, "adopt" as const, "reset" as const, "skip" as const), hour }),
      fc.constant({ verb: "undo" as const, hour: "00" }),
    );
    project.now += 2 * HOUR;
    const before = [await windows(), await shown()];
    const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      for (const { verb, hour } of changes) {
        await carryOut(verb, hour).catch(refusal);
        await requireBehind();
      }
      while ((await state().history(pipeline())).next_undo !== null) await undo();
      const left = (await windows()).filter(({ status }) => status !== "reopened");
      expect([left, await shown()]).toEqual(before);
    });
    await fc.assert(property, { numRuns: LONG ? 60 : 6 });
  });

  function carryOut(verb: "set" | "adopt" | "reset" | "skip" | "undo", hour: string): Promise<unknown> {
    if (verb === "undo") return undo();
    if (verb === "reset") return state().reset(pipeline(), at(hour), { reason: null });
    return verb === "skip" ? state().skip(pipeline(), at(hour), { reason: "off" }) : set(hour, verb === "adopt");
  }

  function refusal(thrown: unknown): void {
    expect(thrown).toMatchObject({ code: "USAGE" });
  }

  /** A run refuses a state that leads. */
  async function requireBehind(): Promise<void> {
    await project.engine(pipeline()).plan(pipeline(), { signal: new AbortController().signal });
  }
});
