import { mkdir } from "node:fs/promises";
import { KpiError } from "../core/errors.js";

/** Makes a folder and those above it, where they are missing. Throws `CANNOT_WRITE`. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw new KpiError("CANNOT_WRITE", `Cannot make the folder "${folder}": ${(thrown as Error).message}`, { cause: thrown });
  }
}
