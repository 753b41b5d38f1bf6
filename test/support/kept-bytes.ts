import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { findSecrets, formsOf } from "./find-secrets.js";

/** Where a run of tests keeps what kpi said and left, until it is over; told by test/global-setup.ts. */
const KEPT = "KPI_TEST_KEPT";
const SECRETS = "secrets";
/** Shorter ones stand in anything by chance. */
const SHORTEST = 8;

const keptIn = () => process.env[KEPT] ?? null;

export function startKeeping(folder: string): void {
  process.env[KEPT] = folder;
}

/** Names secrets that no byte of the run may hold. */
export function noteSecrets(secrets: readonly string[]): void {
  const folder = keptIn();
  const lines = secrets.filter(({ length }) => length >= SHORTEST).map((secret) => `${JSON.stringify(secret)}\n`);
  if (folder !== null) appendFileSync(join(folder, SECRETS), lines.join(""));
}

export function keepText(text: string | Buffer): void {
  const folder = keptIn();
  if (folder !== null) appendFileSync(join(folder, `said-${process.pid}`), text);
}

/** Takes a folder away, but for the files named, in which a test has put secrets itself. */
export function keepFolder(folder: string, except: Iterable<string> = []): void {
  const kept = keptIn();
  if (kept === null) rmSync(folder, { recursive: true, force: true });
  if (kept === null || !existsSync(folder)) return;
  for (const path of except) rmSync(join(folder, path), { recursive: true, force: true });
  mkdirSync(join(kept, "left"), { recursive: true });
  renameSync(folder, join(kept, "left", basename(folder)));
}

/** Where any secret of the run stands in anything that was kept, in whatever encoding. */
export function searchKept(folder: string): string[] {
  const notes = join(folder, SECRETS);
  const lines = existsSync(notes) ? readFileSync(notes, "utf8").split("\n") : [];
  const secrets = [...new Set(lines)].filter((line) => line !== "").map((line) => JSON.parse(line) as string);
  if (secrets.length === 0) return [];
  const bytes = (text: string) => Buffer.from(text).toString("latin1");
  const forms = [...new Set(secrets.flatMap((secret) => formsOf(secret).map(([, text]) => bytes(text))))];
  const any = new RegExp(forms.map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|"));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (path === notes) return [];
    const content = readFileSync(path);
    return any.test(content.toString("latin1")) ? findSecrets(path, content, secrets) : [];
  });
}
