import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Workspace } from "../core/database.js";
import type { Hook, Pipeline, Project } from "../core/pipeline.js";
import type { StateStore } from "../core/state-store.js";
import type { Clock } from "../core/time.js";
import type { Warehouse } from "../core/warehouse.js";

/** Tells whether the process that did something is still there. */
export interface Processes {
  /** This process, as others can recognise it; JSON. */
  self(): unknown;
  /** Whether what `self` gave is still alive; null where that cannot be told from here. */
  isAlive(process: unknown): boolean | null;
}

/** The concrete things an engine works with, handed in by the composition root. */
export interface EngineParts {
  readonly project: Project;
  readonly clock: Clock;
  readonly processes: Processes;
  /** Takes secrets out of a text that is kept. */
  scrub(text: string): string;
  /** Opens a scratch DuckDB that may touch what the pipeline's steps declare, and `folders`. */
  openWorkspace(pipeline: Pipeline, scratch: string, folders: readonly string[]): Promise<Workspace>;
  openWarehouse(workspace: Workspace, signal: AbortSignal): Promise<Warehouse>;
  /** Hears what is found and mended outside of runs, which tell it by their events. */
  warn?(code: string, message: string): void;
  /** The store of `state`, or another by its name or type. */
  openStore(warehouse: Warehouse, warn: (code: string, message: string) => void, name?: string): Promise<StateStore>;
  /** Opens a connection by its name. */
  openConnection(name: string): Promise<AsyncDisposable>;
  /** Hands a JSON document to a hook. Throws what the hook's failure is. */
  callHook(hook: Hook, document: string, signal: AbortSignal): Promise<void>;
}

export interface Session {
  readonly workspace: Workspace;
  readonly warehouse: Warehouse;
  readonly store: StateStore;
  readonly scratch: string;
}

export interface SessionOptions {
  /** Names the scratch folder: unique. */
  readonly id: string;
  /** Folders that the workspace may write besides its scratch. */
  readonly folders: readonly string[];
  readonly signal: AbortSignal;
  warn(code: string, message: string): void;
}

/** Opens workspace, warehouse and state store for some work on a pipeline, and closes them whatever becomes of it. */
export async function withSession<Result>(
  parts: EngineParts,
  pipeline: Pipeline,
  options: SessionOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const scratch = join(parts.project.root, ".kpi", "tmp", options.id);
  const workspace = await parts.openWorkspace(pipeline, scratch, options.folders);
  try {
    const warehouse = await parts.openWarehouse(workspace, options.signal);
    await using store = await parts.openStore(warehouse, options.warn);
    return await work({ workspace, warehouse, store, scratch });
  } finally {
    await workspace.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
