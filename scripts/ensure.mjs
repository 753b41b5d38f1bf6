// Makes a clone ready without anybody having to know how: the right Node, the packages of the lockfile, a build no older than the sources.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`kpi needs Node 20.19 or newer: this is ${process.version}`);
  process.exit(1);
}

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newest(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Math.max(
    ...entries.filter((entry) => entry.isFile()).map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs),
  );
}

function run(title, command, args) {
  console.error(title);
  execFileSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
}

const installed = join(root, "node_modules", ".package-lock.json");
if (modified(installed) < modified(join(root, "package-lock.json")))
  run("Installing packages …", "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);

const built = join(root, "dist", ".built");
const sources = Math.max(newest(join(root, "src")), modified(join(root, "tsconfig.json")), modified(join(root, "package.json")));
if (modified(built) < sources) run("Building …", process.execPath, [join(root, "scripts", "build.mjs")]);

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
if (process.argv.includes("--verbose")) console.error(`kpi ${version} is ready`);
