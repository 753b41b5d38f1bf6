import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

/** What is loaded from where it is installed. */
const PACKAGES = ["@duckdb/node-api", "@duckdb/node-bindings", "pg", "aws4fetch"];

/** Bundles the worker into a folder and gives its path: many of them start at once, and each would have to strip the types of all it imports. */
export async function bundleWorker(folder: string): Promise<string> {
  const build = await rolldown({
    input: fileURLToPath(new URL("worker.ts", import.meta.url)),
    platform: "node",
    logLevel: "silent",
    external: PACKAGES,
    transform: { target: "node20" },
  });
  const { resolve } = createRequire(import.meta.url);
  const paths = Object.fromEntries(PACKAGES.map((name) => [name, pathToFileURL(resolve(name)).href]));
  await build.write({ dir: folder, format: "esm", entryFileNames: "worker.mjs", chunkFileNames: "[name].mjs", paths });
  await build.close();
  return join(folder, "worker.mjs");
}
