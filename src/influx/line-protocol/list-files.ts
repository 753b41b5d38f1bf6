import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { KpiError } from "../../core/errors.js";

/** Thousands of files are asked after in a third of the time when nobody waits for each; others get their turn after so many. */
const AT_A_TIME = 250;

/** A file of line protocol, and what tells whether it has changed. */
export interface LineFile {
  readonly path: string;
  /** Relative to the folder, with `/`: the order of the files is the order of these. */
  readonly name: string;
  readonly size: number;
  /** Milliseconds since 1970, with a fraction. */
  readonly mtime: number;
}

/** The files below `within`, named relative to `folder`; null where there is no such folder. */
async function namesBelow(folder: string, within: string): Promise<string[] | null> {
  try {
    const names: string[] = [];
    await gather(folder, within, names);
    return names;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new KpiError("SOURCE_UNREACHABLE", `Cannot list folder "${folder}": ${code ?? String(thrown)}`, {
      cause: thrown,
      retryable: false,
    });
  }
}

async function gather(folder: string, within: string, names: string[]): Promise<void> {
  for (const entry of await readdir(`${folder}/${within}`, { withFileTypes: true })) {
    const name = within === "" ? entry.name : `${within}/${entry.name}`;
    if (entry.isDirectory()) await gather(folder, name, names);
    else if (/\.lp(\.gz)?$/.test(entry.name)) names.push(name);
  }
}

function describe(folder: string, name: string): LineFile {
  const path = `${folder}/${name}`;
  const { size, mtimeMs } = statSync(path);
  return { path, name, size, mtime: mtimeMs };
}

/** Those of the folder that holds a bucket's files: `folder/bucket` where there is one, else the folder itself. */
async function namesOf(folder: string, bucket: string): Promise<string[] | null> {
  const within = relative(folder, join(folder, bucket)).split(sep).join("/");
  const inside = within !== "" && !within.startsWith("..");
  return (inside ? await namesBelow(folder, within) : null) ?? (await namesBelow(folder, ""));
}

/**
 * The names of a bucket's files, `*.lp` and `*.lp.gz` at any depth, in order.
 *
 * Throws `SOURCE_NOT_FOUND` where there is no such folder or no such file in it, `SOURCE_UNREACHABLE` where it may not be read.
 */
export async function listNames(folder: string, bucket: string): Promise<string[]> {
  const found = await namesOf(folder, bucket);
  if (found === null || found.length === 0) {
    throw new KpiError(
      "SOURCE_NOT_FOUND",
      `Cannot read bucket "${bucket}" in folder "${folder}": ${found === null ? "no such folder" : "no .lp or .lp.gz file in it"}`,
      {
        hint: "url: file:FOLDER reads FOLDER/<bucket>/**/*.lp and .lp.gz, or FOLDER/** where there is no folder of the bucket's name",
      },
    );
  }
  return found.sort();
}

/** Looks at files that are listed, some at a time. */
export async function* describeFiles(folder: string, names: readonly string[]): AsyncGenerator<readonly LineFile[]> {
  for (let at = 0; at < names.length; at += AT_A_TIME) {
    if (at > 0) await nextTurn();
    yield names.slice(at, at + AT_A_TIME).map((name) => describe(folder, name));
  }
}

/** As `listNames`, with what tells whether they have changed. */
export async function listFiles(folder: string, bucket: string): Promise<LineFile[]> {
  const files: LineFile[] = [];
  for await (const some of describeFiles(folder, await listNames(folder, bucket))) files.push(...some);
  return files;
}
