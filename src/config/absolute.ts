import { resolve } from "node:path";

/** A path of the configuration as an absolute one; an address such as `s3:…` stays as it is. */
export function absolute(path: string, root: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(path) ? path : resolve(root, path);
}
