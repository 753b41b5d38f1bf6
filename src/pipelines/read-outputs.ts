import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** What steps left for the run's report: one JSON document a step, in `outputs/` of the scratch folder. */
export async function readOutputs(scratch: string): Promise<Readonly<Record<string, unknown>>> {
  const folder = join(scratch, "outputs");
  const names = await readdir(folder).catch(() => []);
  const read = names
    .sort()
    .map(async (name): Promise<[string, unknown]> => [basename(name, ".json"), JSON.parse(await readFile(join(folder, name), "utf8"))]);
  return Object.fromEntries(await Promise.all(read));
}
