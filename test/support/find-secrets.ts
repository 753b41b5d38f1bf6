import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { testSecrets } from "./test-secrets.js";
import { TextFinder } from "./text-finder.js";

const lowerCase = (text: string) => text.replace(/%../g, (code) => code.toLowerCase());
const inHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("'", "&#39;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const inAscii = (text: string) => text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** As it looks inside a longer text's base64, wherever it begins there. */
function insideBase64(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
  });
}

/** Every text in which a secret may be hidden, by the name of its encoding. */
export function formsOf(secret: string): readonly (readonly [encoding: string, text: string])[] {
  const bytes = Buffer.from(secret);
  const url = encodeURIComponent(secret);
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const json = JSON.stringify(secret).slice(1, -1);
  const hex = bytes.toString("hex");
  const everyByte = hex.replace(/../g, "%$&");
  const named = (encoding: string, ...texts: string[]) => texts.map((text) => [encoding, text] as const);
  return [
    ...named("plain", secret),
    ...named("URL", url, lowerCase(url), encodeURI(secret), everyByte, everyByte.toUpperCase()),
    ...named("form", form, lowerCase(form)),
    // YAML's double quotes are those of JSON
    ...named("JSON", json, inAscii(json), json.replaceAll("/", "\\/"), JSON.stringify(json).slice(1, -1)),
    ...named("quotes", secret.replaceAll("'", "''"), secret.replaceAll('"', '""'), secret.replaceAll("'", "\\'")),
    ...named("HTML", inHtml(secret), inHtml(secret).replaceAll("&quot;", "&#34;")),
    ...named("hex", hex, hex.toUpperCase()),
    ...insideBase64(bytes).flatMap((text) => [
      ...named("base64", text, encodeURIComponent(text)),
      ...named("base64url", text.replaceAll("+", "-").replaceAll("/", "_")),
    ]),
  ];
}

interface Search {
  readonly finder: TextFinder;
  readonly byText: ReadonlyMap<string, string>;
}

const searches = new Map<string, Search>();

function searchFor(secrets: readonly string[]): Search {
  const key = JSON.stringify(secrets);
  const there = searches.get(key);
  if (there !== undefined) return there;
  const entries = secrets.flatMap((secret) =>
    formsOf(secret).map(([encoding, text]) => [text, `"${secret.slice(0, 6)}…" as ${encoding}`] as const),
  );
  const byText = new Map(entries.reverse());
  const made = { byText, finder: new TextFinder([...byText.keys()]) };
  searches.set(key, made);
  return made;
}

/** Where a secret of any test, or one of `more`, stands in some bytes, in whatever encoding: empty is well. */
export function findSecrets(place: string, content: string | Buffer, more: readonly string[] = []): string[] {
  const { finder, byText } = searchFor([...new Set([...testSecrets(), ...more])]);
  return finder.find(typeof content === "string" ? Buffer.from(content) : content).map((text) => `${place} holds ${byText.get(text)}`);
}

/** The same for every file below a folder but those named, in which a test has put secrets itself; the files' names count as well. */
export function findSecretsBelow(folder: string, more: readonly string[] = [], except: readonly string[] = []): string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const own = new Set(except.map((name) => join(folder, name)));
  return files
    .filter((path) => !own.has(path))
    .flatMap((path) => [...findSecrets(`the name of ${path}`, path, more), ...findSecrets(path, readFileSync(path), more)]);
}

/** Throws where a secret stands in some bytes. */
export function requireNoSecrets(place: string, content: string | Buffer, more: readonly string[] = []): void {
  const found = findSecrets(place, content, more);
  if (found.length > 0) throw new Error(found.join("\n"));
}

/** Takes a test's folder away. Throws where a file in it holds a secret that the test has not put there itself. */
export function removeFolder(folder: string, more: readonly string[] = [], except: readonly string[] = []): void {
  const found = findSecretsBelow(folder, more, except);
  rmSync(folder, { recursive: true, force: true });
  if (found.length > 0) throw new Error(found.join("\n"));
}
