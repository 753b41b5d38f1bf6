import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Workspace } from "../../src/core/database.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { removeFolder } from "./find-secrets.js";

/** A workspace in a temporary folder, gone when it is disposed. */
export async function openTestWorkspace(): Promise<Workspace & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), "kpi-workspace-"));
  const workspace = await openWorkspace({ scratch: folder, fence: { folders: [], files: [] } });
  return {
    ...workspace,
    [Symbol.asyncDispose]: async () => {
      await workspace.close();
      removeFolder(folder);
    },
  };
}
