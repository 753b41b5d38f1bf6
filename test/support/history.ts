import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import type { SqlRow } from "../../src/core/database.js";
import type { BackfillRange, RunOptions } from "../../src/core/engine.js";
import { KpiError } from "../../src/core/errors.js";
import type { WindowedPipeline } from "../../src/core/pipeline.js";
import type { RunReport } from "../../src/core/reports.js";
import { toIso } from "../../src/core/time.js";
import { openMemoryStore } from "./open-memory-store.js";
import { HOUR, SECRET, TestProject } from "./test-project.js";

const START = Date.parse("2026-01-01T10:30:00Z");
/** Hours of the history, counted from here. */
const FIRST = Date.parse("2026-01-01T00:00:00Z");
/** How long before its clock a first run begins. */
const BEGIN = 4 * HOUR;

const hour = fc.integer({ min: 0, max: 12 });
const backfill = fc.record({
  from: hour,
  hours: fc.integer({ min: 1, max: 6 }),
  rerun: fc.constantFrom("missing" as const, "failed" as const, "stale" as const, "all" as const),
  concurrency: fc.integer({ min: 1, max: 3 }),
  newestFirst: fc.boolean(),
  onFailure: fc.constantFrom("stop" as const, "continue" as const),
  /** Broken off at so manieth event, then gone on with. */
  brokenAt: fc.option(fc.integer({ min: 1, max: 40 })),
});

/** What can happen to a pipeline, its source, its state and its machine. */
export const actions = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({ kind: "run" } as const) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("broken run" as const), at: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 2, arbitrary: fc.constant({ kind: "run that cannot write its cursor" } as const) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("clock" as const), hours: fc.integer({ min: -3, max: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("late points" as const), hour, points: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("deleted points" as const), hour }) },
    { weight: 1, arbitrary: fc.constant({ kind: "changed definition" } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: "lost state" } as const) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("failing hour" as const), hour: fc.option(hour) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("overlap" as const), backfill: fc.option(backfill, { freq: 5 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("backfill" as const), backfill }) },
  ),
  { minLength: 3, maxLength: 10 },
);

type Action = typeof actions extends fc.Arbitrary<(infer One)[]> ? One : never;
type Backfill = typeof backfill extends fc.Arbitrary<infer One> ? One : never;

type LedgerWindow = SqlRow & { readonly start: number; readonly status: string; readonly rows: number | null };
type PublishedRow = SqlRow & { readonly start: number; readonly value: number };

interface Look {
  readonly windows: readonly LedgerWindow[];
  readonly rows: readonly PublishedRow[];
  readonly leaked: readonly SqlRow[];
  readonly misnumbered: readonly SqlRow[];
}

/** One pipeline's history, on a real warehouse, with what must hold after each event of it. */
export class History {
  readonly #project: TestProject;
  readonly #times = new Map<number, number>();
  #even = false;
  #earliest = START;
  #latest = START + 9 * HOUR;
  #failing: number | null = null;

  constructor(project: TestProject) {
    this.#project = project;
    for (let at = FIRST; at < FIRST + 20 * HOUR; at += HOUR) this.#add(at, 2);
    project.beforeExtract = ({ start, end }) => {
      if (this.#failing === null || this.#failing < start || this.#failing >= end) return;
      throw new KpiError("SOURCE_TRUNCATED", `Cannot use the reply of "https://${SECRET}@influx"`);
    };
  }

  static async begin(): Promise<History> {
    return new History(new TestProject(await openMemoryStore(), new Date(START).toISOString()));
  }

  remove(): void {
    this.#project.remove();
  }

  async happen(action: Action): Promise<void> {
    switch (action.kind) {
      case "run":
        return this.#sound(await this.#run());
      case "broken run":
        return void (await this.#broken(action.at));
      case "run that cannot write its cursor":
        return this.#withoutStore(() => this.#run());
      case "clock":
        this.#project.now += action.hours * HOUR;
        this.#earliest = Math.min(this.#earliest, this.#project.now);
        this.#latest = Math.max(this.#latest, this.#project.now);
        return;
      case "late points":
        return this.#add(FIRST + action.hour * HOUR, action.points);
      case "deleted points":
        this.#project.points = this.#project.points.filter(({ time }) => Math.floor((time - FIRST) / HOUR) !== action.hour);
        return;
      case "changed definition":
        this.#even = !this.#even;
        return;
      case "lost state": {
        const stored = await this.#project.store.read("numbers");
        return stored === null ? undefined : this.#project.store.remove("numbers", stored.version);
      }
      case "failing hour":
        this.#failing = action.hour === null ? null : FIRST + action.hour * HOUR;
        return;
      case "overlap": {
        const second = action.backfill === null ? {} : { range: toRange(action.backfill) };
        for (const report of await Promise.all([this.#run(), this.#run(second)])) this.#sound(report);
        return;
      }
      case "backfill":
        return this.#backfill(action.backfill);
    }
  }

  /** Safety: what has to hold whatever has happened. */
  async check(): Promise<void> {
    const { windows, rows, leaked, misnumbered } = await this.#look();
    const published = new Map<number, number>();
    for (const { start } of rows) published.set(start, (published.get(start) ?? 0) + 1);
    for (const { start, status, rows: recorded } of windows) {
      expect([start, published.get(start) ?? 0]).toEqual([start, status === "loaded" ? recorded : 0]);
      published.delete(start);
    }
    expect([...published.keys()]).toEqual([]);
    expect(new Set(rows.map(({ value }) => value)).size).toBe(rows.length);
    for (const { start, value } of rows) expect(floor(this.#times.get(value) ?? 0)).toBe(start);
    expect({ leaked, misnumbered }).toEqual({ leaked: [], misnumbered: [] });
    await this.#checkCursor(windows);
    await this.#checkLeftovers();
  }

  /** Liveness, and what only an end can tell: a healthy source, one backfill of all, and table, ledger and cursor are where they belong. */
  async settle(): Promise<void> {
    this.#failing = null;
    // while a clock says that what is processed has not ended yet, nothing is done
    this.#project.now = this.#latest;
    const horizon = floor(this.#project.now);
    this.#sound(await this.#run({ allowEmpty: true }));
    const all: BackfillRange = { from: FIRST, to: horizon, rerun: "all", anew: true };
    expect(await this.#run({ range: all, allowEmpty: true })).toMatchObject({ ok: true, backfill: { status: "done" } });
    expect(await this.#run()).toMatchObject({ ok: true, windows: [] });
    const stored = await this.#project.store.read("numbers");
    expect(stored).toMatchObject({ value: { last_processed_hour: toIso(horizon - HOUR) } });
    await this.check();
    const wanted = this.#project.points.filter(({ time, value }) => time < horizon && (!this.#even || Number(value) % 2 === 0));
    const { rows, windows } = await this.#look();
    expect(rows.map(({ value }) => value)).toEqual(wanted.map(({ value }) => value).sort((a, b) => Number(a) - Number(b)));
    // a first run on a clock that was set back begins before the source does
    const first = Math.min(FIRST, Date.parse(stored?.value.first_hour ?? ""));
    expect(first).toBeGreaterThanOrEqual(Math.min(FIRST, floor(this.#earliest) - BEGIN));
    expect(windows.map(({ start }) => start)).toEqual(hoursBetween(first, horizon));
    await this.#run();
    expect(await this.#look()).toMatchObject({ rows, windows });
  }

  async #backfill(wanted: Backfill): Promise<void> {
    const range = toRange(wanted);
    if (wanted.brokenAt === null) return this.#sound(await this.#run({ range }));
    const broken = await this.#broken(wanted.brokenAt, { range });
    await this.check();
    if (broken?.backfill?.status === "unfinished") this.#sound(await this.#run({ range: { ...range, resume: broken.backfill.id } }));
  }

  #pipeline(): WindowedPipeline {
    const windowed = this.#project.windowed({ batch: 3, begin: { kind: "ago", ms: BEGIN } });
    this.#project.where = this.#even ? "value % 2 = 0" : "true";
    const steps = windowed.steps.map((step) => (step.id === "kept" ? { ...step, publicSettings: { even: this.#even } } : step));
    return { ...windowed, steps } as WindowedPipeline;
  }

  #run(options: Partial<RunOptions> = {}): Promise<RunReport> {
    const pipeline = this.#pipeline();
    return this.#project.engine(pipeline).run(pipeline, { listeners: [], signal: new AbortController().signal, ...options });
  }

  /** A run that ends at so manieth of its events; null where that is its last one, and it has no more to report to. */
  #broken(at: number, options: Partial<RunOptions> = {}): Promise<RunReport | null> {
    return this.#run({ ...options, listeners: [breakAt(at)] }).catch(() => null);
  }

  /** As after a crash between the commit and the cursor. */
  async #withoutStore(work: () => Promise<unknown>): Promise<void> {
    const { store } = this.#project;
    const { write } = store;
    store.write = () => Promise.reject(new KpiError("CANNOT_WRITE", "Cannot write the state"));
    await work().finally(() => {
      store.write = write;
    });
  }

  #sound({ error }: RunReport): void {
    expect(error?.code).not.toBe("INTERNAL");
  }

  #add(at: number, points: number): void {
    for (let count = 0; count < points; count++) {
      const value = this.#times.size + 1;
      this.#times.set(value, at + value * 1_000);
      this.#project.points.push({ time: at + value * 1_000, value });
    }
  }

  async #checkCursor(windows: readonly LedgerWindow[]): Promise<void> {
    const stored = await this.#project.store.read("numbers");
    const { last_processed_hour: cursor = null, first_hour: first = null } = stored?.value ?? {};
    if (cursor === null || first === null) return;
    const processed = new Set(windows.filter(({ status }) => status === "loaded" || status === "empty").map(({ start }) => start));
    for (let at = Date.parse(first); at <= Date.parse(cursor); at += HOUR) expect([at, processed.has(at)]).toEqual([at, true]);
  }

  async #checkLeftovers(): Promise<void> {
    const root = join(this.#project.folder, ".kpi");
    expect(entries(join(root, "tmp"))).toEqual([]);
    for (const key of ["numbers", "numbers/backfill", "numbers/next"]) expect(await this.#project.store.holder(key)).toBeNull();
    for (const run of entries(join(root, "runs")))
      expect(readFileSync(join(root, "runs", run, "events.ndjson"), "utf8")).not.toContain(SECRET);
  }

  async #look(): Promise<Look> {
    const [look] = await this.#project.look(async ({ db }) => {
      const tables = await db.rows<{ name: string }>("SELECT table_name AS name FROM duckdb_tables() WHERE database_name = 'warehouse'");
      const ask = async <Row extends SqlRow>(table: string, sql: string) =>
        tables.some(({ name }) => name === table) ? db.rows<Row>(sql) : [];
      return [
        {
          windows: await ask<LedgerWindow>(
            "attempts",
            "SELECT epoch_ms(window_start) AS start, status, rows FROM warehouse._kpi.windows ORDER BY 1",
          ),
          rows: await ask<PublishedRow>("numbers", "SELECT epoch_ms(window_start) AS start, value FROM warehouse.numbers ORDER BY value"),
          leaked: await ask("attempts", `SELECT error FROM warehouse._kpi.attempts WHERE error LIKE '%${SECRET}%'`),
          misnumbered: await ask(
            "attempts",
            "SELECT window_start FROM warehouse._kpi.attempts GROUP BY 1 HAVING count(*) <> max(attempt) OR count(DISTINCT attempt) <> count(*)",
          ),
        },
      ];
    });
    return look ?? { windows: [], rows: [], leaked: [], misnumbered: [] };
  }
}

function breakAt(event: number): () => void {
  let events = 0;
  return () => {
    events += 1;
    if (events === event) throw new Error("broken off");
  };
}

function toRange({ from, hours, rerun, concurrency, newestFirst, onFailure }: Backfill): BackfillRange {
  return { from: FIRST + from * HOUR, to: FIRST + (from + hours) * HOUR, rerun, concurrency, newestFirst, onFailure };
}

function floor(time: number): number {
  return FIRST + Math.floor((time - FIRST) / HOUR) * HOUR;
}

function hoursBetween(first: number, horizon: number): number[] {
  return Array.from({ length: (horizon - first) / HOUR }, (_, index) => first + index * HOUR);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
