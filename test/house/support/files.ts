import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folders that hold nothing of ours. */
const FOREIGN = new Set(["node_modules", "dist", "coverage", ".git", ".kpi", "data", "sample"]);

/** The files under the folders, as paths from the repository's root, whose names end like one of these. */
export function filesIn(folders: readonly string[], endings: readonly string[]): string[] {
  return folders.flatMap(walk).filter((path) => endings.some((ending) => path.endsWith(ending)));
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return FOREIGN.has(entry.name) || entry.name.startsWith(".dist-") ? [] : walk(path);
    return entry.isFile() ? [path] : [];
  });
}

export function read(path: string): string {
  return readFileSync(path, "utf8");
}

/** Sources that people write. */
export function handWritten(): string[] {
  return filesIn(["src"], [".ts"]).filter((path) => !path.endsWith(".gen.ts"));
}
