import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { KpiError } from "../core/errors.js";
import type { Findings } from "./findings.js";
import { SECRET_NAME } from "./interpolate.js";
import { LIMITS } from "./limits.js";
import { readBytes } from "./read-bytes.js";

interface EnvironmentContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly root: string;
  readonly findings: Findings;
  show(path: string): string;
}

/** The variables that a configuration may refer to: the real environment, and what only the project's `.env` has. Throws CONFIG_INVALID. */
export async function readEnvironment({ env, root, findings, show }: EnvironmentContext): Promise<ReadonlyMap<string, string>> {
  const path = join(root, ".env");
  const bytes = existsSync(path) ? await readBytes(path) : Buffer.alloc(0);
  if (bytes.length > LIMITS.bytes) throw new KpiError("CONFIG_INVALID", `Cannot read "${path}": it is larger than 1 MiB`);
  const written = parse(bytes);
  const holdsSecrets = Object.entries(written).some(([name, value]) => SECRET_NAME.test(name) && value !== "");
  if (holdsSecrets && process.platform !== "win32" && (statSync(path).mode & READABLE_BY_OTHERS) !== 0) {
    const message = `Secrets in "${show(path)}" lie open: other users can read the file`;
    findings.warn({ message, hint: `chmod 600 ${show(path)}`, file: show(path), line: 1, column: 1, path: "" });
  }
  const real = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new Map([...Object.entries(written), ...real]);
}

const READABLE_BY_OTHERS = 0o044;
