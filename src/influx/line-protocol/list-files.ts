import { type Dirent, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { KpiError } from "../../core/errors.js";

const AT_A_TIME = 100;

/** A file of line protocol, and what tells whether it has changed. */
export interface LineFile {
  readonly path: string;
  /** Relative to the folder, with `/`: the order of the files is the order of these. */
  readonly name: string;
  readonly size: number;
  /** Milliseconds since 1970, with a fraction. */
  readonly mtime: number;
}

async function entries(folder: string): Promise<Dirent[] | null> {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new KpiError("SOURCE_UNREACHABLE", `Cannot list folder "${folder}": ${code ?? String(thrown)}`, {
      cause: thrown,
      retryable: false,
    });
  }
}

function describe(folder: string, path: string): LineFile {
  const { size, mtimeMs } = statSync(path);
  const name = path.startsWith(folder + sep) ? path.slice(folder.length + 1) : relative(folder, path);
  return { path, name: sep === "/" ? name : name.split(sep).join("/"), size, mtime: mtimeMs };
}

/** The folder that holds a bucket's files: `folder/bucket` where there is one, else the folder itself. */
async function bucketEntries(folder: string, bucket: string): Promise<Dirent[] | null> {
  const inner = join(folder, bucket);
  const inside = bucket !== "" && !relative(folder, inner).startsWith("..");
  return (inside ? await entries(inner) : null) ?? (await entries(folder));
}

/**
 * The files of a bucket, `*.lp` and `*.lp.gz` at any depth, in order of name.
 *
 * Throws `SOURCE_NOT_FOUND` where there is no such folder or no such file in it, `SOURCE_UNREACHABLE` where it may not be read.
 */
export async function listFiles(folder: string, bucket: string): Promise<LineFile[]> {
  const found = await bucketEntries(folder, bucket);
  const wanted = (found ?? []).filter((entry) => !entry.isDirectory() && /\.lp(\.gz)?$/.test(entry.name));
  if (wanted.length === 0) {
    throw new KpiError(
      "SOURCE_NOT_FOUND",
      `Cannot read bucket "${bucket}" in folder "${folder}": ${found === null ? "no such folder" : "no .lp or .lp.gz file in it"}`,
      {
        hint: "url: file:FOLDER reads FOLDER/<bucket>/**/*.lp and .lp.gz, or FOLDER/** where there is no folder of the bucket's name",
      },
    );
  }
  const files: LineFile[] = [];
  for (const entry of wanted) {
    // thousands of files are asked after in a third of the time when nobody waits for each; others get their turn now and then
    if (files.length % AT_A_TIME === AT_A_TIME - 1) await nextTurn();
    files.push(describe(folder, join(entry.parentPath, entry.name)));
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}
