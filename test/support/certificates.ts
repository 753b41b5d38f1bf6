import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key with a certificate that an authority of our own has signed. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** An authority of our own, made by openssl. */
export interface Authority {
  /** Its certificate, as PEM. */
  readonly ca: string;
  /** Signs a certificate for names such as `DNS:influx.test,IP:127.0.0.1`, valid for so many days from now on. */
  sign(names: string, days?: number): Certificate;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Runs openssl in a folder that is gone afterwards; gives the files asked for. */
function openssl(files: Readonly<Record<string, string>>, commands: readonly (readonly string[])[], results: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "kpi-certificates-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    for (const command of commands) execFileSync("openssl", command, { cwd: folder, stdio: "pipe" });
    return results.map((name) => readFileSync(join(folder, name), "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function makeAuthority(name = "Plant authority"): Authority {
  const make = ["req", "-x509", ...KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", `/CN=${name}`];
  const [ca = "", caKey = ""] = openssl({}, [make], ["ca.pem", "ca.key"]);
  return {
    ca,
    sign: (names, days = 2) => {
      const files = { "ca.pem": ca, "ca.key": caKey, names: `subjectAltName=${names}` };
      const request = ["req", ...KEY, "-keyout", "key", "-out", "request", "-subj", "/CN=server"];
      const sign = ["x509", "-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", String(days)];
      const [key = "", cert = ""] = openssl(files, [request, [...sign, "-extfile", "names", "-out", "cert"]], ["key", "cert"]);
      return { key, cert };
    },
  };
}
