// src → dist, from nothing. The compiler checks and strips the types; the bundler then lays the pieces together, ours and the packages' (all but DuckDB's
// native part): a process that starts every hour would spend more time on finding a thousand small files than on its work. See docs/adr/0008.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const compiler = join(root, "node_modules", "@typescript", "native", "bin", "tsc");
if (!existsSync(compiler)) {
  console.error("TypeScript is not installed: dist stays as it is");
  process.exit(0);
}
const { rolldown } = await import("rolldown");

const compiled = join(root, `.dist-${process.pid}`, "compiled");
const fresh = join(root, `.dist-${process.pid}`, "bundled");
const dist = join(root, "dist");

/** The package a file belongs to: `@duckdb/node-api`; null for our own. */
function packageOf(file) {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(file.replaceAll("\\", "/"))?.[1] ?? null;
}

/** Chunks are named after what is in them, so that one can see, and test, what a command loads. */
function chunkOf(file) {
  const name = packageOf(file);
  return name === null ? null : `packages/${name.replaceAll("/", "-").replace("@", "")}`;
}

async function bundle() {
  const build = await rolldown({
    // a thread's code is found beside whoever starts the thread
    input: {
      "cli/main": join(compiled, "cli", "main.js"),
      "parse-worker": join(compiled, "influx", "line-protocol", "parse-worker.js"),
    },
    cwd: root,
    platform: "node",
    external: [/^@duckdb\/node-bindings/, /^(pg|aws4fetch)$/],
    logLevel: "warn",
  });
  const { output } = await build.write({
    dir: fresh,
    format: "cjs",
    chunkFileNames: "[name].js",
    codeSplitting: { groups: [{ name: chunkOf, debugName: "packages" }] },
  });
  await build.close();
  const chunks = output.filter(({ type }) => type === "chunk");
  const ours = new Set(chunks.map(({ fileName }) => fileName));
  const foreign = chunks.flatMap(({ dynamicImports }) => dynamicImports).filter((name) => !ours.has(name));
  if (foreign.length > 0) throw new Error(`import() of ${foreign} would be left in dist: see docs/adr/0011`);
  return [...new Set(chunks.flatMap(({ moduleIds }) => moduleIds).map(packageOf))].filter((name) => name !== null).sort();
}

/** What the packages ask of whoever passes copies on: their licences. */
function licences(packages) {
  return packages.map((name) => {
    const folder = join(root, "node_modules", name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return `${name} ${version} (${license})\n\n${file === undefined ? "" : readFileSync(join(folder, file), "utf8")}`;
  });
}

try {
  execFileSync(process.execPath, [compiler, "--outDir", compiled], { cwd: root, stdio: ["ignore", 2, 2] });
  const packages = await bundle();
  writeFileSync(join(fresh, "LICENCES.txt"), licences(packages).join("\n\n----\n\n"));
  writeFileSync(join(fresh, "package.json"), '{ "type": "commonjs" }\n');
  mkdirSync(join(fresh, ".compiled"));
  writeFileSync(join(fresh, ".built"), "");
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
} catch (error) {
  if (error.status === undefined) console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(join(root, `.dist-${process.pid}`), { recursive: true, force: true });
}
