import { resolve } from "node:path";
import { z } from "zod";
import { type CountContext, defineExtractor, type SourceTally, type StepContext } from "../core/node.js";
import type { RelationColumn } from "../core/relation.js";
import { quoteIdentifier, quoteLiteral, timestampLiteral } from "../core/sql.js";
import { columnTypes } from "./lib/column-type.js";
import { csvTypes, requireColumns, selectColumns } from "./lib/file-columns.js";
import { fileReader, formatOf } from "./lib/file-reader.js";
import { locateBrokenLine } from "./lib/locate-broken-line.js";
import { readerError } from "./lib/reader-error.js";
import { epochUnit } from "./lib/time-column.js";

const config = z.strictObject({
  path: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .describe("A file, or a pattern such as data/**/*.csv, or several; from the project's folder on"),
  format: z
    .enum(["csv", "parquet", "json"])
    .optional()
    .describe("Default: by the files' ending (.csv, .parquet, .json, .ndjson, .jsonl; also with .gz)"),
  time: z
    .string()
    .min(1)
    .optional()
    .describe("The column with each row's time; the files are then read window by window. Times without a zone are UTC"),
  epoch: epochUnit.optional().describe("The unit of a time that is a number counted since 1970"),
  columns: columnTypes.default({}).describe("Types of columns, by name; those of others are found out from the files"),
  path_column: z.string().min(1).optional().describe("Adds a column of this name with the file each row came from"),
  delimiter: z.string().min(1).max(4).default(",").describe("csv: what separates values"),
  header: z.boolean().default(true).describe("csv: whether the first line names the columns; else they are column0, column1, …"),
  decimal_separator: z.enum([".", ","]).default(".").describe("csv: what separates the fraction of a number"),
});

export type FilesSettings = z.output<typeof config>;

export default defineExtractor({
  type: "files",
  version: 1,
  summary: "Reads CSV, Parquet or JSON files of the project",
  config,
  examples: [
    { path: "data/readings/*.csv", time: "measured_at", columns: { co: "DOUBLE" } },
    { path: "data/export.csv.gz", delimiter: ";", decimal_separator: "," },
    { path: ["data/sensors.json"] },
  ],
  time: ({ time }) => (time === undefined ? "none" : "window"),
  reads: ({ path }) => [path].flat(),
  extract: async (settings, context) => {
    await readFiles(settings, context);
    return { output: { kind: "select", sql: "SELECT * FROM files_read" }, time: settings.time ?? null, counted: null };
  },
  count: async (settings, context) => {
    const { time } = settings;
    if (time === undefined) return null;
    await readFiles(settings, context);
    return { method: "files", windows: await countRows(context, time) };
  },
});

type ReadContext = Pick<StepContext, "db" | "files" | "span">;

/** Makes the table `files_read` of the rows in the span. Read here and not by the engine, so that what is wrong with a file is told as such. */
async function readFiles(settings: FilesSettings, context: ReadContext): Promise<void> {
  const { db, files } = context;
  const paths = [settings.path].flat().map((path) => resolve(files.project, path));
  let moments: readonly RelationColumn[] = [];
  try {
    const sniffed = await db.describe(`SELECT * FROM ${fileReader(settings, paths)}`);
    requireColumns(settings, sniffed);
    const types = formatOf(settings, paths) === "csv" ? csvTypes(settings, sniffed) : {};
    const reader = fileReader(settings, paths, types);
    const read = sniffed.map(({ name, type }) => ({ name, type: types[name] ?? type }));
    moments = read.filter(({ name, type }) => type === "VARCHAR" && types[name] === "VARCHAR" && settings.columns[name] !== "VARCHAR");
    const rows = `SELECT ${selectColumns(settings, read, sniffed)} FROM ${reader}`;
    await db.run(
      `CREATE OR REPLACE TEMP TABLE files_read AS SELECT * ${relativePaths(settings, context)} FROM (${rows}) ${inSpan(settings, context)}`,
    );
  } catch (thrown) {
    throw readerError(await locateBrokenLine(db, thrown, settings, paths, moments), files.project, [settings.path].flat().join(", "));
  }
}

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/;

/** Rows are counted, and what their numbers add up to. */
async function countRows({ db, span, sums }: CountContext, time: string): Promise<SourceTally["windows"]> {
  const numbers = (await db.describe("SELECT * FROM files_read")).filter(({ type }) => NUMBER.test(type));
  const values = numbers.map(({ name }) => `coalesce(${quoteIdentifier(name)}::DOUBLE, 0)`).join(" + ");
  const total = sums && values !== "" ? values : "NULL::DOUBLE";
  const bounds = span.windows.map(({ start, end }) => `(${start}, ${timestampLiteral(start)}, ${timestampLiteral(end)})`).join(", ");
  const rows = await db.rows<{ start: number; count: number; sum: number | null }>(
    `SELECT start, count(*) AS count, sum(total) AS sum
     FROM (SELECT ${quoteIdentifier(time)} AS moment, ${total} AS total FROM files_read), (VALUES ${bounds}) AS windows(start, begins, ends)
     WHERE moment >= begins AND moment < ends GROUP BY start`,
  );
  const counted = new Map(rows.map(({ start, count, sum }) => [start, { count, sum }]));
  return new Map(span.windows.map(({ start }) => [start, { rows: counted.get(start) ?? { count: 0, sum: null } }]));
}

function inSpan({ time }: FilesSettings, { span }: ReadContext): string {
  if (time === undefined || span === null) return "";
  const column = quoteIdentifier(time);
  return `WHERE ${column} >= ${timestampLiteral(span.start)} AND ${column} < ${timestampLiteral(span.end)}`;
}

/** Paths from the project's folder on, where files lie in it. */
function relativePaths({ path_column: column }: FilesSettings, { files }: ReadContext): string {
  if (column === undefined) return "";
  const [path, folder] = [quoteIdentifier(column), quoteLiteral(`${files.project}/`)];
  return `REPLACE (CASE WHEN starts_with(${path}, ${folder}) THEN substr(${path}, length(${folder}) + 1) ELSE ${path} END AS ${path})`;
}
