import { randomBytes } from "node:crypto";

/** The version after `current`: a counter for people, and a chance part, so that no version ever comes twice, not even after a removal. */
export function nextVersion(current: string | null): string {
  const count = Number.parseInt(current ?? "0", 10);
  return `${(Number.isSafeInteger(count) ? count : 0) + 1}-${randomBytes(4).toString("hex")}`;
}
