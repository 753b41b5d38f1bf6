import type { Database } from "../../core/database.js";
import type { RelationColumn } from "../../core/relation.js";
import { quoteIdentifier, quoteLiteral } from "../../core/sql.js";
import { csvDialect, type FileOptions, fileReader } from "./file-reader.js";

/** Where DuckDB says that CSV files are broken but not at which line: looks at them again, file by file, until an error names it. */
export async function locateBrokenLine(
  db: Database,
  thrown: unknown,
  options: FileOptions,
  paths: readonly string[],
  moments: readonly RelationColumn[],
): Promise<unknown> {
  const text = thrown instanceof Error ? thrown.message : "";
  if (/sniffing file/.test(text))
    return (await firstFailure(await filesOf(db, paths), (file) => readByHeader(db, file, options))) ?? thrown;
  if (/^Conversion Error/.test(text) && moments.length > 0)
    return (await firstFailure(await filesOf(db, paths), (file) => readMoments(db, file, options, moments))) ?? thrown;
  return thrown;
}

async function filesOf(db: Database, paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) => db.rows<{ file: string }>(`SELECT file FROM glob(${quoteLiteral(path)}) ORDER BY file`)),
  );
  return found.flat().map(({ file }) => file);
}

async function firstFailure(files: readonly string[], read: (file: string) => Promise<unknown>): Promise<unknown> {
  for (const file of files) {
    try {
      await read(file);
    } catch (failure) {
      return failure;
    }
  }
  return undefined;
}

/** By the columns of its header: fails at the first line that has others. */
async function readByHeader(db: Database, file: string, options: FileOptions): Promise<void> {
  const [reader, dialect] = [`read_csv(${quoteLiteral(file)}`, csvDialect(options)];
  const columns = await db.describe(`SELECT * FROM ${reader}, ${dialect}, ignore_errors = true)`);
  const types = columns.map(({ name }) => `${quoteLiteral(name)}: 'VARCHAR'`).join(", ");
  await db.rows(`SELECT count(COLUMNS(*)) FROM ${reader}, ${dialect}, auto_detect = false, columns = {${types}})`);
}

/** With its moments as TIMESTAMP, which the reader does complain of. */
async function readMoments(db: Database, file: string, options: FileOptions, moments: readonly RelationColumn[]): Promise<void> {
  const own = new Set((await db.describe(`SELECT * FROM ${fileReader(options, [file])}`)).map(({ name }) => name));
  const mine = moments.filter(({ name }) => own.has(name)).map(({ name }) => name);
  const counts = mine.map((name) => `count(${quoteIdentifier(name)})`).join(", ");
  if (mine.length > 0)
    await db.rows(`SELECT ${counts} FROM ${fileReader(options, [file], Object.fromEntries(mine.map((name) => [name, "TIMESTAMP"])))}`);
}
