import { KpiError } from "../core/errors.js";

/** What the file system refused, as the `KpiError` to throw. `deed` follows "Cannot": `write the state file "…"`. */
export function cannotWrite(deed: string, thrown: unknown): KpiError {
  const { code = "", message } = thrown as NodeJS.ErrnoException;
  return new KpiError("CANNOT_WRITE", `Cannot ${deed}: ${REASONS[code] ?? message}`, {
    hint: "Make room, give the right to write there, or choose another place",
    cause: thrown,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "there is no right to",
  EPERM: "there is no right to",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EISDIR: "a folder is in its place",
  ERR_FS_EISDIR: "a folder is in its place",
  ENOTDIR: "a file is in place of a folder of its path",
};
