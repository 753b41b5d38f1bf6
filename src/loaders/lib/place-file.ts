import { copyFile, mkdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { KpiError } from "../../core/errors.js";

/** Puts a finished file in its place in the project: readers see the old one or the new one, never half of it. */
export async function placeFile(finished: string, project: string, path: string): Promise<void> {
  const place = await insideProject(project, path);
  await writing(path, async () => {
    await mkdir(dirname(place), { recursive: true });
    try {
      await rename(finished, place);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EXDEV") throw thrown;
      // another file system: bring it over first
      const beside = join(dirname(place), `.${basename(place)}.${process.pid}.tmp`);
      await copyFile(finished, beside);
      await rename(beside, place);
      await rm(finished);
    }
  });
}

export async function removeFile(project: string, path: string): Promise<void> {
  const place = await insideProject(project, path);
  await writing(path, () => rm(place, { force: true }));
}

/** Follows links as far as the path exists. */
async function insideProject(project: string, path: string): Promise<string> {
  const place = resolve(project, path);
  const above = await nearest(dirname(place));
  const real = join(await realpath(above), relative(above, place));
  if (real.startsWith((await realpath(project)) + sep)) return place;
  throw new KpiError("CONFIG_INVALID", `Cannot write "${path}": it lies outside the project`, {
    hint: "Name a path below the project's folder",
  });
}

/** The deepest folder of a path that is there. */
async function nearest(folder: string): Promise<string> {
  try {
    await realpath(folder);
    return folder;
  } catch {
    return dirname(folder) === folder ? folder : nearest(dirname(folder));
  }
}

async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    throw new KpiError("CANNOT_WRITE", `Cannot write "${path}": ${(thrown as Error).message}`, {
      cause: thrown,
      hint: "Check the disk, and who may write there",
    });
  }
}
