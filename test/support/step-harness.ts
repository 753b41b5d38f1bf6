import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database, SqlRow, Workspace } from "../../src/core/database.js";
import type { Extraction, Extractor, Input, Loader, LoadReport, Output, StepContext, Transformer } from "../../src/core/node.js";
import type { RelationColumn } from "../../src/core/relation.js";
import { qualify, quoteIdentifier, timestampLiteral } from "../../src/core/sql.js";
import type { Warehouse } from "../../src/core/warehouse.js";
import type { Span, Window } from "../../src/core/window.js";
import { databaseFiles } from "../../src/duckdb/fence.js";
import { openWarehouse } from "../../src/duckdb/open-warehouse.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { removeFolder } from "./find-secrets.js";

const HOUR = 3_600_000;

/** `count` adjacent hours from an RFC 3339 moment on. */
export function hours(from: string, count: number): Window[] {
  const first = Date.parse(from);
  return Array.from({ length: count }, (_, index) => ({ start: first + index * HOUR, end: first + (index + 1) * HOUR }));
}

/** An input of a step: a query that makes it. A windowed one brings `window_start`. */
export interface InputQuery {
  readonly sql: string;
  readonly windowed?: boolean;
}

/** Columns and rows in no order. */
export interface Relation {
  readonly columns: readonly RelationColumn[];
  readonly rows: SqlRow[];
}

export interface Extracted extends Relation {
  readonly extraction: Extraction;
}

export interface Conditions {
  readonly span?: Span | null;
  readonly window?: Window | null;
  readonly connection?: unknown;
  readonly signal?: AbortSignal;
}

/** Runs one step as the engine would: a real workspace behind its fence, a real warehouse, a project folder of its own. */
export interface StepHarness extends AsyncDisposable {
  readonly project: string;
  readonly scratch: string;
  readonly workspace: Workspace;
  readonly warehouse: Warehouse;
  readonly warnings: { code: string; message: string }[];
  readonly logs: string[];
  context(db: Database, conditions?: Conditions): StepContext;
  /** Rows within the span, with `window_start` where the engine would hourly add it. */
  extract<Config extends Extractor["config"]>(node: Extractor<Config>, settings: unknown, conditions?: Conditions): Promise<Extracted>;
  /** Relations by port; a node without ports has one under "". Closed ports are left out. Under a window, inputs are cut to it. */
  transform<Config extends Transformer["config"]>(
    node: Transformer<Config>,
    settings: unknown,
    inputs: Readonly<Record<string, InputQuery>>,
    conditions?: Conditions,
  ): Promise<ReadonlyMap<string, Relation>>;
  /** Publishes what a query makes; null: nothing came. */
  load<Config extends Loader["config"]>(
    node: Loader<Config>,
    settings: unknown,
    input: InputQuery | null,
    windows: readonly Window[] | null,
    conditions?: Conditions,
  ): Promise<LoadReport>;
  /** The same on a connection that somebody else commits. */
  loadOn<Config extends Loader["config"]>(
    db: Database,
    warehouse: string | null,
    node: Loader<Config>,
    settings: unknown,
    input: InputQuery | null,
    windows: readonly Window[] | null,
    conditions?: Conditions,
  ): Promise<LoadReport>;
  /** Reads the warehouse, whose catalog is `warehouse`. */
  published(sql: string): Promise<SqlRow[]>;
}

export async function openStepHarness(): Promise<StepHarness> {
  const project = mkdtempSync(join(tmpdir(), "kpi-step-"));
  const scratch = join(project, ".kpi", "runs", "test", "scratch");
  mkdirSync(scratch, { recursive: true });
  const path = join(project, "warehouse", "kpi.duckdb");
  const workspace = await openWorkspace({ scratch, fence: { folders: [join(project, "data")], files: databaseFiles(path) } });
  const warehouse = openWarehouse({ workspace, path, wait: 0 });
  const warnings: { code: string; message: string }[] = [];
  const logs: string[] = [];
  let tables = 0;
  const freshTable = () => qualify(workspace.catalog, "main", `t${tables++}`);

  const context: StepHarness["context"] = (db, { span = null, window = null, connection, signal } = {}) => ({
    db,
    inputs: new Map(),
    window,
    span,
    connection,
    signal: signal ?? new AbortController().signal,
    clock: { now: () => Date.parse("2026-01-02T00:00:00Z") },
    run: { id: "test", pipeline: "a_pipeline", step: "a_step" },
    files: { project, scratch },
    append: async (columns) => {
      const table = freshTable();
      await db.run(`CREATE TABLE ${table} (${columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ")})`);
      const appender = await db.append(table, columns);
      return { table, append: (batch) => appender.append(batch), close: () => appender.close() };
    },
    progress: () => undefined,
    log: (message) => void logs.push(message),
    warn: (code, message) => void warnings.push({ code, message }),
  });

  const makeTable = async (db: Database, { sql, windowed = false }: InputQuery) => {
    const table = freshTable();
    await db.run(`CREATE TABLE ${table} AS ${sql}`);
    const columns = await db.describe(`SELECT * FROM ${table}`);
    return { table, windowed, columns: columns.filter(({ name }) => !windowed || name !== "window_start") };
  };

  const relation = async (db: Database, output: Exclude<Output, { kind: "closed" }>, suffix: string): Promise<Relation> => {
    const source = output.kind === "select" ? `(${output.sql})` : output.table.table;
    const query = `SELECT * ${suffix.replaceAll("SOURCE", () => source)}`;
    const table = freshTable();
    await db.run(`CREATE TABLE ${table} AS ${query}`);
    return { columns: await db.describe(`SELECT * FROM ${table}`), rows: await db.rows(`SELECT * FROM ${table}`) };
  };

  const loadOn: StepHarness["loadOn"] = async (db, catalog, node, settings, input, windows, conditions) => {
    await using own = await workspace.connect();
    const made = input === null ? null : { alias: "rows", ...(await makeTable(own, input)) };
    const { inputs: _, window: __, append: ___, ...shared } = context(db, conditions);
    return await node.load(node.config.parse(settings), { ...shared, input: made, windows, warehouse: catalog });
  };

  return {
    project,
    scratch,
    workspace,
    warehouse,
    warnings,
    logs,
    context,
    extract: async (node, settings, conditions = {}) => {
      await using db = await workspace.connect(conditions.signal);
      const parsed = node.config.parse(settings);
      const extraction = await node.extract(parsed, context(db, conditions));
      if (extraction.output.kind === "closed") throw new TypeError("an extractor has an output");
      return {
        extraction,
        ...(await relation(db, extraction.output, extractSuffix(node.time(parsed), extraction, conditions.span ?? null))),
      };
    },
    transform: async (node, settings, inputs, { window = null, span = null, ...rest } = {}) => {
      await using db = await workspace.connect(rest.signal);
      const described = new Map<string, Input>();
      for (const [alias, input] of Object.entries(inputs)) {
        const { table, windowed, columns } = await makeTable(db, input);
        const cut =
          window !== null && windowed
            ? `SELECT * EXCLUDE (window_start) FROM ${table} WHERE window_start = ${timestampLiteral(window.start)}`
            : `SELECT * FROM ${table}`;
        await db.run(`CREATE TEMP VIEW ${quoteIdentifier(alias)} AS ${cut}`);
        described.set(alias, { alias, windowed, columns });
      }
      const outputs = await node.transform(node.config.parse(settings), { ...context(db, { window, span, ...rest }), inputs: described });
      const ports = outputs.kind === "ports" ? Object.entries(outputs.ports) : [["", outputs] as const];
      const relations = new Map<string, Relation>();
      for (const [port, output] of ports) if (output.kind !== "closed") relations.set(port, await relation(db, output, "FROM SOURCE"));
      return relations;
    },
    load: async (node, settings, input, windows, conditions) => {
      if (node.commit === "inside")
        return warehouse.publish((open) => loadOn(open.db, open.catalog, node, settings, input, windows, conditions));
      await using db = await workspace.connect();
      return await loadOn(db, null, node, settings, input, windows, conditions);
    },
    loadOn,
    published: async (sql) => (await warehouse.read(({ db }) => db.rows(sql))) ?? [],
    [Symbol.asyncDispose]: async () => {
      await workspace.close();
      removeFolder(project);
    },
  };
}

/** The engine's own filter and `window_start`. */
function extractSuffix(time: string, extraction: Extraction, span: Span | null): string {
  if (time !== "window" || span === null) return "FROM SOURCE";
  if (extraction.time === null) throw new TypeError("a windowed extraction names its time column");
  const column = quoteIdentifier(extraction.time);
  return `, time_bucket(INTERVAL 1 hour, ${column}) AS window_start FROM SOURCE WHERE ${column} >= ${timestampLiteral(span.start)} AND ${column} < ${timestampLiteral(span.end)}`;
}
