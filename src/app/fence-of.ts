import { resolve, sep } from "node:path";
import type { Pipeline, Project } from "../core/pipeline.js";
import { databaseFiles, type Fence } from "../duckdb/fence.js";

/** What the SQL of a pipeline may touch: the files its steps declare to read or write, and the warehouse. */
export function fenceOf(project: Project, pipeline: Pipeline, folders: readonly string[]): Fence {
  const declared = pipeline.steps.flatMap((step) => {
    if (step.role === "extract") return step.node.reads?.(step.settings) ?? [];
    return step.role === "load" ? (step.node.writes?.(step.settings) ?? []) : [];
  });
  const paths = declared.map((path) => withoutPattern(resolve(project.root, path)));
  return { folders: [...folders, ...paths], files: [...databaseFiles(project.warehouse.path), ...paths] };
}

/** The folder above the first part of a path that holds a pattern: `/a/b*.csv` → `/a`. */
function withoutPattern(path: string): string {
  const parts = path.split(sep);
  const first = parts.findIndex((part) => /[*?[{]/.test(part));
  return first === -1 ? path : parts.slice(0, first).join(sep);
}
