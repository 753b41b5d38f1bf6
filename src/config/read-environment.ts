import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import type { Findings } from "./findings.js";
import { SECRET_NAME } from "./locate.js";
import { readBytes } from "./read-text.js";

interface EnvironmentContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly root: string;
  readonly findings: Findings;
  show(path: string): string;
}

/** The variables that a configuration may refer to: the real environment, and what only the project's `.env` has. Throws CONFIG_INVALID. */
export async function readEnvironment({ env, root, findings, show }: EnvironmentContext): Promise<ReadonlyMap<string, string>> {
  const path = join(root, ".env");
  const written = existsSync(path) ? parse(await readBytes(path)) : {};
  const holdsSecrets = Object.entries(written).some(([name, value]) => SECRET_NAME.test(name) && value !== "");
  if (holdsSecrets && process.platform !== "win32" && (statSync(path).mode & READABLE_BY_OTHERS) !== 0) {
    const message = `Secrets in "${show(path)}" lie open: other users can read the file`;
    findings.warn({ message, hint: `chmod 600 ${show(path)}`, file: show(path), line: 1, column: 1, path: "" });
  }
  const real = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new Map([...Object.entries(written), ...real]);
}

const READABLE_BY_OTHERS = 0o044;
