import { quoteLiteral } from "../core/sql.js";

/** What SQL may touch outside the workspace; all paths absolute. */
export interface Fence {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** The files that DuckDB makes around a database file. With fewer allowed, CHECKPOINT invalidates the database. */
const SIDE_FILES = ["", ".wal", ".wal.checkpoint", ".wal.recovery", ".tmp"];

export function databaseFiles(path: string): string[] {
  return SIDE_FILES.map((suffix) => path + suffix);
}

function list(paths: readonly string[]): string {
  return `[${paths.map(quoteLiteral).join(", ")}]`;
}

/** The statements that put the fence up. It cannot be taken down again. */
export function fenceStatements({ folders, files }: Fence): string[] {
  return [
    `SET allowed_directories = ${list(folders)}`,
    `SET allowed_paths = ${list(files)}`,
    "SET enable_external_access = false",
    "SET lock_configuration = true",
  ];
}
