import { join } from "node:path";
import type { Workspace } from "../core/database.js";
import type { Emit } from "../core/events.js";
import { AHEAD } from "./relation-table.js";

/** Leaves a copy of the workspace in the run's folder, once: where something failed, or with `--keep` at the end. */
export interface KeepWorkspace {
  failed(): Promise<void>;
  finished(): Promise<void>;
}

export function keepWorkspace(workspace: Workspace, folder: string | null, always: boolean, emit: Emit): KeepWorkspace {
  let kept = false;
  const keep = async () => {
    if (kept || folder === null) return;
    kept = true;
    const path = join(folder, "workspace.duckdb");
    try {
      await workspace.keep(path, AHEAD);
      emit("log", { message: `The workspace is kept in ${path}` });
    } catch (thrown) {
      emit("warning", { code: "WORKSPACE_LOST", message: `The workspace could not be kept: ${(thrown as Error).message}` });
    }
  };
  return { failed: keep, finished: () => (always ? keep() : Promise.resolve()) };
}
