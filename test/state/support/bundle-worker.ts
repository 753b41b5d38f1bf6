import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** Bundles the worker into a folder and gives its path: many of them start at once, and each would have to strip the types of all it imports. */
export async function bundleWorker(folder: string): Promise<string> {
  const build = await rolldown({
    input: fileURLToPath(new URL("worker.ts", import.meta.url)),
    platform: "node",
    logLevel: "silent",
    external: ["@duckdb/node-api", "@duckdb/node-bindings"],
    transform: { target: "node20" },
  });
  await build.write({ dir: folder, format: "esm", entryFileNames: "worker.mjs", chunkFileNames: "[name].mjs" });
  await build.close();
  // packages are loaded from where they are installed
  await symlink(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(folder, "node_modules"));
  return join(folder, "worker.mjs");
}
