import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { KpiError } from "../../core/errors.js";
import type { RelationColumn } from "../../core/relation.js";
import { quoteIdentifier, quoteLiteral, timestampLiteral } from "../../core/sql.js";
import type { Window } from "../../core/window.js";
import type { RawQuery } from "../point-query.js";
import { bindWindow } from "../raw/bind-window.js";
import type { ReadTarget } from "../read-target.js";
import { NO_TIMES } from "../relation/cells.js";
import { nameColumns } from "../relation/name-columns.js";
import { clashes } from "../relation/to-relation.js";
import type { ServerOptions } from "../server/server-options.js";
import { saveParquet } from "./save-parquet.js";

const TABLE = "raw_sql_read";

/** Runs a user's SQL window by window, each reply by way of a Parquet file; its columns come as they are, with `time` and `time_ns` first. */
export async function readRawSql(
  options: ServerOptions,
  query: RawQuery,
  windows: readonly (Window | null)[],
  target: ReadTarget,
): Promise<string> {
  const path = join(target.files.scratch, `${randomUUID()}.parquet`);
  let columns: readonly RelationColumn[] | null = null;
  let outside = 0;
  try {
    for (const window of windows) {
      if (!(await saveParquet(options, { database: query.bucket, text: bindWindow(query, window), path }, target.signal))) continue;
      columns ??= await describe(options, path, target);
      outside += await insert(options, path, { columns, window }, target);
    }
  } finally {
    await rm(path, { force: true });
  }
  if (outside > 0) target.warn("ROWS_OUTSIDE", `${outside} rows of the query lie outside their window and are left out`);
  return columns === null ? `SELECT ${NO_TIMES.join(", ")} WHERE false` : toSql(columns, target);
}

const MOMENT = /^(TIMESTAMP|DATE)/;

/** The columns of the reply; makes the table that holds its rows, and those of others. */
async function describe(options: ServerOptions, path: string, { db }: ReadTarget): Promise<RelationColumn[]> {
  const columns = await parsed(options, db.describe(`FROM ${parquet(path)}`));
  const time = columns.find(({ name }) => name === "time");
  if (time !== undefined && !MOMENT.test(time.type)) {
    throw new KpiError("SOURCE_MALFORMED", `Cannot take the rows of the sql query by their time: its column "time" is ${time.type}`, {
      hint: "Select a timestamp AS time, such as time itself or date_bin(INTERVAL '1 hour', time)",
    });
  }
  await db.run(`CREATE OR REPLACE TEMP TABLE ${TABLE} AS ${selectRows(path, columns, null)} LIMIT 0`);
  return columns;
}

/** Adds the rows that lie in the window; gives the number of others. */
async function insert(
  options: ServerOptions,
  path: string,
  { columns, window }: { readonly columns: readonly RelationColumn[]; readonly window: Window | null },
  { db, progress }: ReadTarget,
): Promise<number> {
  const within = window === null ? "" : ` WHERE time >= ${timestampLiteral(window.start)} AND time < ${timestampLiteral(window.end)}`;
  const rows = await parsed(options, db.run(`INSERT INTO ${TABLE} FROM (${selectRows(path, columns, window)})${within}`));
  progress({ rows });
  const [all] = await db.rows<{ rows: number }>(`SELECT count(*) AS rows FROM ${parquet(path)}`);
  return (all?.rows ?? 0) - rows;
}

/** Times as the relation has them, then the columns `c0`, `c1`, …; a row without a time has the one at which its window starts. */
function selectRows(path: string, columns: readonly RelationColumn[], window: Window | null): string {
  const start = `${BigInt(window?.start ?? 0) * 1_000_000n}::BIGINT`;
  const nanos = columns.some(({ name }) => name === "time") ? `coalesce(epoch_ns("time"), ${start})` : start;
  const others = columns.map(({ name, type }, index) => {
    const column = quoteIdentifier(name);
    return `${MOMENT.test(type) && type !== "DATE" ? `${column}::TIMESTAMP::TIMESTAMPTZ` : column} AS c${index}`;
  });
  // // cuts towards zero, and a time before 1970 belongs to the microsecond it lies in
  const times = ["make_timestamptz((nanos - (nanos % 1000 + 1000) % 1000) // 1000) AS time", "nanos AS time_ns", "* EXCLUDE (nanos)"];
  return `SELECT ${times.join(", ")} FROM (SELECT ${[`${nanos} AS nanos`, ...others].join(", ")} FROM ${parquet(path)})`;
}

function toSql(columns: readonly RelationColumn[], target: ReadTarget): string {
  const names = columns.map(({ name }) => name).filter((name) => name !== "time");
  const titles = nameColumns([], names, clashes(target.warn)).fields;
  const others = columns.flatMap(({ name }, index) => {
    const title = titles.get(name);
    return title === undefined ? [] : [`c${index} AS ${quoteIdentifier(title)}`];
  });
  return `SELECT ${["time", "time_ns", ...others].join(", ")} FROM ${TABLE}`;
}

function parquet(path: string): string {
  return `read_parquet(${quoteLiteral(path)})`;
}

/** What DuckDB cannot read of a file that a server sent is the server's fault. */
async function parsed<Result>(options: ServerOptions, work: Promise<Result>): Promise<Result> {
  return work.catch((thrown: unknown) => {
    if (!(thrown instanceof KpiError) || thrown.code !== "STEP_FAILED") throw thrown;
    throw new KpiError("SOURCE_MALFORMED", `Cannot read "${options.name}": the Parquet file it sent is broken: ${thrown.message}`, {
      cause: thrown,
    });
  });
}
