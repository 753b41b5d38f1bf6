import { createHash } from "node:crypto";

const MOST = 160;

/**
 * A key as the beginning of a file name, for every file system: ASCII letters, digits, `_` and `-` stand for themselves, every other byte of its
 * NFC form as `%XX`. So it holds no dot, and what follows a dot is ours. `P/backfill` → `P%2Fbackfill`; long keys end in a hash.
 */
export function keyFileName(key: string): string {
  const bytes = [...Buffer.from(key.normalize("NFC"))];
  const name = bytes.map(escapeByte).join("") || "%";
  if (name.length <= MOST) return name;
  return `${name.slice(0, MOST)}~${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}

function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[\w-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
