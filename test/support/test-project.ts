import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { processes } from "../../src/app/processes.js";
import type { Engine, RunOptions } from "../../src/core/engine.js";
import type { RunEvent } from "../../src/core/events.js";
import { defineExtractor, defineLoader, defineTransformer } from "../../src/core/node.js";
import type { Hook, Pipeline, Step, StepInput, WindowedPipeline, Workflow } from "../../src/core/pipeline.js";
import type { Notice, RunReport } from "../../src/core/reports.js";
import { qualify, timestampLiteral } from "../../src/core/sql.js";
import type { StateStore } from "../../src/core/state-store.js";
import type { OpenWarehouse } from "../../src/core/warehouse.js";
import { databaseFiles } from "../../src/duckdb/fence.js";
import { openWarehouse } from "../../src/duckdb/open-warehouse.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { openEngine } from "../../src/pipelines/open-engine.js";
import { removeFolder, requireNoSecrets } from "./find-secrets.js";
import { TEST_SECRETS } from "./test-secrets.js";

export const HOUR = 3_600_000;
/** What must not be kept anywhere. */
export const SECRET = TEST_SECRETS.source;
const noSettings = z.strictObject({});

/** A point of the test's source; null: there, but without a value. */
export interface Point {
  readonly time: number;
  readonly value: number | null;
}

/** A project on real DuckDB files whose source is a list that the test changes as it likes. */
export class TestProject {
  readonly folder = mkdtempSync(join(tmpdir(), "kpi-project-"));
  readonly warehousePath = join(this.folder, "data", "kpi.duckdb");
  readonly events: RunEvent[] = [];
  /** What hooks were told. */
  readonly notices: Notice[] = [];
  /** Called with each hook; what it throws is the hook's failure. */
  onHook: (hook: Hook) => void | Promise<void> = () => undefined;
  readonly store: StateStore;
  /** The clock of every engine opened on it. */
  now: number;
  points: Point[] = [];
  /** Called before each extraction; what it throws is the source's failure. */
  beforeExtract: (span: { readonly start: number; readonly end: number }) => void | Promise<void> = () => undefined;
  /** How often the transformer ran. */
  transformed = 0;
  /** Which rows the transformer lets through. */
  where = "true";

  constructor(store: StateStore, now: string) {
    this.store = store;
    this.now = Date.parse(now);
  }

  /** Adds a point at each of these times, or `perHour` of them in every hour between two times. */
  fill(from: string, to: string, perHour = 2): void {
    for (let hour = Date.parse(from); hour < Date.parse(to); hour += HOUR) {
      for (let index = 0; index < perHour; index++) this.points.push({ time: hour + index * 60_000, value: index + 1 });
    }
  }

  engine(...pipelines: Pipeline[]): Engine {
    return openEngine({
      project: {
        root: this.folder,
        state: { store: "memory", settings: {}, lockTtl: 60_000 },
        warehouse: { path: this.warehousePath, wait: 0 },
        connections: new Map(),
        pipelines: new Map(pipelines.map((pipeline) => [pipeline.name, pipeline])),
        secrets: [],
      },
      clock: { now: () => this.now },
      processes,
      scrub: (text) => text.replaceAll(SECRET, "***"),
      openWorkspace: async (_, scratch, folders) =>
        openWorkspace({ scratch, fence: { folders, files: databaseFiles(this.warehousePath) }, threads: 1 }),
      openWarehouse: async (workspace, signal) => openWarehouse({ workspace, path: this.warehousePath, wait: 0, signal }),
      openStore: async () => ({ ...bound(this.store), [Symbol.asyncDispose]: async () => undefined }),
      callHook: async (hook, document) => {
        this.notices.push(JSON.parse(document) as Notice);
        await this.onHook(hook);
      },
      openConnection: async (name) => {
        throw new TypeError(`no connection ${name}`);
      },
    });
  }

  async run(pipeline: Pipeline, options: Partial<RunOptions> = {}): Promise<RunReport> {
    this.events.length = 0;
    const report = await this.engine(pipeline).run(pipeline, {
      listeners: [(event) => this.events.push(event)],
      signal: new AbortController().signal,
      ...options,
    });
    requireNoSecrets("what a run has told", JSON.stringify([this.events, this.notices, report]));
    return report;
  }

  async query<Row>(sql: string): Promise<Row[]> {
    return (await this.look(({ db }) => db.rows(sql))) as Row[];
  }

  /** Looks into the warehouse; nothing where there is none yet. */
  async look<Result>(work: (warehouse: OpenWarehouse) => Promise<Result[]>): Promise<Result[]> {
    const workspace = await openWorkspace({
      scratch: join(this.folder, "query"),
      fence: { folders: [], files: databaseFiles(this.warehousePath) },
    });
    try {
      return (await openWarehouse({ workspace, path: this.warehousePath, wait: 0 }).read(work)) ?? [];
    } finally {
      await workspace.close();
    }
  }

  remove(): void {
    removeFolder(this.folder);
  }

  readonly #source = defineExtractor({
    ...{ type: "points", version: 1, summary: "The test's points", config: noSettings, examples: [{}] },
    time: () => "window",
    extract: async (_, { span }) => {
      await this.beforeExtract(span ?? { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY });
      const rows = this.points.map(({ time, value }) => `(${timestampLiteral(time)}, ${value ?? "NULL"}::DOUBLE)`);
      const values = rows.length === 0 ? "SELECT NULL::TIMESTAMPTZ, NULL::DOUBLE WHERE false" : `VALUES ${rows.join(", ")}`;
      return { output: { kind: "select", sql: `SELECT * FROM (${values}) AS points(time, value)` }, time: "time", counted: ["value"] };
    },
  });

  readonly #filter = defineTransformer({
    ...{ type: "pass", version: 1, summary: "Lets some rows through", config: noSettings, examples: [{}] },
    spans: () => false,
    transform: async () => {
      this.transformed += 1;
      return { kind: "select", sql: `SELECT value FROM points WHERE ${this.where}` };
    },
  });

  readonly #table = defineLoader({
    ...{
      type: "table",
      version: 1,
      summary: "Replaces the rows of windows",
      config: z.strictObject({ table: z.string() }),
      examples: [{ table: "t" }],
    },
    commit: "inside",
    table: ({ table }) => table,
    load: async ({ table }, { db, input, windows, warehouse }) => {
      const target = qualify(warehouse ?? "", "main", table);
      const found = await db.rows("SELECT 1 AS one FROM duckdb_tables() WHERE database_name = $1 AND table_name = $2", [warehouse, table]);
      if (found.length === 0) await db.run(`CREATE TABLE ${target} (${windows === null ? "" : "window_start TIMESTAMPTZ, "}value DOUBLE)`);
      if (windows === null) await db.run(`DELETE FROM ${target}`);
      for (const { start } of windows ?? []) await db.run(`DELETE FROM ${target} WHERE window_start = ${timestampLiteral(start)}`);
      if (input !== null) await db.run(`INSERT INTO ${target} BY NAME SELECT * FROM ${input.table}`);
      return { rows: new Map() };
    },
  });

  readonly #steps: Step[] = [
    this.#step("points", [], { role: "extract", node: this.#source }),
    this.#step("kept", ["points"], { role: "transform", node: this.#filter }),
    this.#step("publish", ["kept"], { role: "load", node: this.#table }, { table: "numbers" }),
  ];

  #step(id: string, from: string[], kind: Pick<Step, "role" | "node">, settings = {}): Step {
    const inputs = from.map((step): StepInput => ({ alias: step, step, port: null }));
    return {
      id,
      settings,
      publicSettings: settings,
      from: inputs,
      connection: null,
      place: { file: "config.yaml", line: 1, column: 1 },
      ...kind,
    } as Step;
  }

  readonly #facts = {
    flow: "points → kept → publish",
    stateName: "numbers",
    maxParallel: 4,
    maxDuration: null,
    place: { file: "config.yaml" },
  };

  windowed(changes: Partial<WindowedPipeline> = {}): WindowedPipeline {
    const kind = {
      kind: "windowed",
      every: "1h",
      timezone: "UTC",
      begin: { kind: "previous" },
      settle: 0,
      batch: 24,
      maxAttempts: 24,
      lockWait: 60_000,
      allowEmpty: false,
    } as const;
    return { ...this.#facts, name: "numbers", steps: this.#steps, ...kind, ...changes };
  }

  workflow(changes: Partial<Workflow> = {}): Workflow {
    return { ...this.#facts, name: "once", stateName: "once", steps: this.#steps, kind: "workflow", ...changes };
  }
}

/** A store's methods, free of `this`, so that a copy of them works on the store itself. */
function bound(store: StateStore): Omit<StateStore, typeof Symbol.asyncDispose> {
  return {
    read: (key) => store.read(key),
    write: (key, value, expected, by) => store.write(key, value, expected, by),
    remove: (key, expected) => store.remove(key, expected),
    list: () => store.list(),
    lock: (key, request) => store.lock(key, request),
    holder: (key) => store.holder(key),
    unlock: (key, id) => store.unlock(key, id),
  };
}
