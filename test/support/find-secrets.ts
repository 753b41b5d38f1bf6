import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Every text in which a secret may be hidden, by the name of its encoding. */
export function formsOf(secret: string): [encoding: string, text: string][] {
  const bytes = Buffer.from(secret);
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
  });
  const url = encodeURIComponent(secret);
  return [
    ["plain", secret],
    ["URL", url],
    ["URL", url.replace(/%../g, (code) => code.toLowerCase())],
    ["form", new URLSearchParams({ s: secret }).toString().slice(2)],
    ["JSON", JSON.stringify(secret).slice(1, -1)],
    ...inside.map((text): [string, string] => ["base64", text]),
    ...inside.map((text): [string, string] => ["base64url", text.replaceAll("+", "-").replaceAll("/", "_")]),
  ];
}

/** Where any of the secrets stands in some bytes, in whatever encoding: empty is well. */
export function findSecrets(place: string, content: string | Buffer, secrets: readonly string[]): string[] {
  const bytes = Buffer.from(content);
  return secrets.flatMap((secret) =>
    formsOf(secret).flatMap(([encoding, text]) => (bytes.includes(text) ? [`${place} holds "${secret}" as ${encoding}`] : [])),
  );
}

/** The same for every file below a folder but those named, in which a test has put secrets itself. */
export function findSecretsBelow(folder: string, secrets: readonly string[], except: readonly string[] = []): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    return except.some((name) => path === join(folder, name)) ? [] : findSecrets(path, readFileSync(path), secrets);
  });
}
