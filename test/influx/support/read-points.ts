import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SqlRow } from "../../../src/core/database.js";
import type { AppendedTable, SourceCounts } from "../../../src/core/node.js";
import { quoteIdentifier } from "../../../src/core/sql.js";
import { type Span, toSpan } from "../../../src/core/window.js";
import { openWorkspace } from "../../../src/duckdb/open-workspace.js";
import type { InfluxClient } from "../../../src/influx/influx-client.js";
import type { PointQuery, Query } from "../../../src/influx/point-query.js";
import { removeFolder } from "../../support/find-secrets.js";

/** A relation as it came out of a source. */
export interface ReadPoints {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  /** In order of time, then of everything else. */
  readonly rows: readonly SqlRow[];
  readonly counted: readonly string[] | null;
  readonly counts: SourceCounts | null;
  readonly warnings: readonly string[];
}

/** A folder that is gone at the end of the block. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "kpi-influx-"));
  return { path, [Symbol.asyncDispose]: async () => removeFolder(path) };
}

/** A query for points with everything that is not given left open. */
export function points(given: Partial<PointQuery> = {}): PointQuery {
  return {
    kind: "points",
    bucket: "b",
    measurement: "m",
    fields: null,
    tags: null,
    where: new Map(),
    types: new Map(),
    prove: "framing",
    aggregate: null,
    ...given,
  };
}

export function hour(start: string, hours = 1): Span {
  const from = Date.parse(start);
  return toSpan(Array.from({ length: hours }, (_, index) => ({ start: from + index * 3_600_000, end: from + (index + 1) * 3_600_000 })));
}

/** Reads through a client into a real DuckDB and gives back the whole relation; `received` hears of the rows that come. */
export async function readPoints(
  client: InfluxClient,
  query: Query,
  span: Span | null,
  signal = new AbortController().signal,
  received: (rows: number) => void = () => undefined,
): Promise<ReadPoints> {
  await using folder = await temporaryFolder();
  const workspace = await openWorkspace({ scratch: folder.path, fence: { folders: [], files: [] } });
  try {
    await using db = await workspace.connect();
    const warnings: string[] = [];
    let tables = 0;
    const append = async (columns: readonly { name: string; type: string }[]): Promise<AppendedTable> => {
      const table = quoteIdentifier(`appended_${++tables}`);
      await db.run(`CREATE TABLE ${table} (${columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ")})`);
      const appender = await db.append(table, columns as never);
      return {
        table,
        append: (batch) => {
          received(batch.rows);
          appender.append(batch);
        },
        close: () => appender.close(),
      };
    };
    const { sql, counted, counts } = await client.read(query, span, {
      db,
      append,
      warn: (code, message) => warnings.push(`${code} ${message}`),
      progress: () => undefined,
      signal,
      files: { project: folder.path, scratch: folder.path },
    });
    const described = await db.describe(`SELECT * FROM (${sql})`);
    const rows = await db.rows(`SELECT * FROM (${sql}) ORDER BY ALL`);
    return { columns: described.map(({ name }) => name), types: described.map(({ type }) => type), rows, counted, counts, warnings };
  } finally {
    await workspace.close();
  }
}
