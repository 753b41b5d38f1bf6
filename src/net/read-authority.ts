import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KpiError } from "../core/errors.js";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a PEM file, its path relative to the project. Throws CONFIG_INVALID. */
export async function readAuthority(project: string, path: string): Promise<string[]> {
  const text = await readFile(resolve(project, path), "latin1").catch((thrown: NodeJS.ErrnoException) => {
    throw new KpiError("CONFIG_INVALID", `Cannot read the certificates in "${path}": ${thrown.code ?? thrown.message}`, {
      cause: thrown,
      hint: "`ca` is the path of a PEM file, from the project's folder",
    });
  });
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0 || !found.every(isCertificate)) {
    throw new KpiError("CONFIG_INVALID", `Cannot read the certificates in "${path}": it holds none, or one that is broken`, {
      hint: "`ca` is a PEM file: BEGIN CERTIFICATE … END CERTIFICATE",
    });
  }
  return found;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
