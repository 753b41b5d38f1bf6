import { createHash } from "node:crypto";

const PLAIN = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const ENCODED = /^kpi-key-[0-9a-f]{32}$/;

/** A key as the name of a block, of which Prefect takes small letters, digits and dashes alone: itself where it is such a name, else a digest of it. */
export function blockName(key: string): string {
  if (PLAIN.test(key) && !ENCODED.test(key) && key.length <= 100) return key;
  return `kpi-key-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
}
