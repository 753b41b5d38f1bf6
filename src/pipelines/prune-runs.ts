import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const DAY = 86_400_000;

/** Removes the folders of runs older than 30 days, and what killed runs left in `tmp` a day ago. What cannot be removed stays for the next time. */
export async function pruneRuns(root: string): Promise<void> {
  // by the machine's own clock, as the files' times are, whatever --now says
  const now = Date.now();
  await pruneFolder(join(root, ".kpi", "runs"), now - 30 * DAY);
  await pruneFolder(join(root, ".kpi", "tmp"), now - DAY);
}

async function pruneFolder(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && found.mtimeMs < before) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
