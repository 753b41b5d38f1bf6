import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { KpiError } from "../core/errors.js";

/** The files with one pipeline each beside the configuration file, by name. Throws CONFIG_INVALID. */
export async function listPipelineFiles(folder: string): Promise<{ readonly name: string; readonly path: string }[]> {
  const files = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw new KpiError("CONFIG_INVALID", `Cannot read the folder "${folder}": ${cause.message}`, { cause });
  });
  const yaml = files.filter((file) => /^[^.].*\.ya?ml$/.test(file)).sort();
  return yaml.map((file) => ({ name: file.replace(/\.ya?ml$/, ""), path: join(folder, file) }));
}
