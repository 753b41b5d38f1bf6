import type { Scrubber } from "../../core/secret-source.js";

const MASK = "***";
/** Shorter ones would blot out ordinary words and are no secrets. */
const SHORTEST = 4;
/** From this many bytes on, a secret is also found inside the base64 of a longer text. */
const SHORTEST_INSIDE_BASE64 = 8;
/** Of a secret that was cut off, so many letters give it away. */
const SHORTEST_BEGINNING = 12;
/** Longer ones, such as documents, often begin with what is no secret. */
const LONGEST_BEGINNING = 256;
const SHORTEST_LINE = 16;
const SECRET_NAME = /token|passw|secret|credential|api_?key|auth_string/i;

export function createScrubber(): Scrubber {
  const forms = new Set<string>();
  let finder: Finder | null = null;
  return {
    add(secrets) {
      for (const secret of [...secrets].flatMap(withLines))
        if (secret.length >= SHORTEST) for (const form of formsOf(secret)) forms.add(form);
      finder = null;
    },
    scrub(text) {
      if (forms.size === 0) return text;
      finder ??= toFinder(forms);
      return mask(text, finder);
    },
  };
}

/** Where forms may begin, and which: a pattern of whole forms would take seconds to be made of many. */
interface Finder {
  readonly heads: RegExp;
  readonly byHead: ReadonlyMap<string, readonly string[]>;
}

function toFinder(forms: ReadonlySet<string>): Finder {
  const byHead = new Map<string, string[]>();
  for (const form of forms) {
    const head = form.slice(0, SHORTEST);
    byHead.set(head, [...(byHead.get(head) ?? []), form]);
  }
  return { heads: new RegExp([...byHead.keys()].map(escapeRegExp).join("|"), "g"), byHead };
}

function mask(text: string, { heads, byHead }: Finder): string {
  let masked = "";
  let end = 0;
  heads.lastIndex = 0;
  for (let match = heads.exec(text); match !== null; match = heads.exec(text)) {
    const length = Math.max(...(byHead.get(match[0]) ?? []).map((form) => lengthAt(form, text, match.index)));
    heads.lastIndex = match.index + Math.max(length, 1);
    if (length === 0) continue;
    masked += text.slice(end, match.index) + MASK;
    end = heads.lastIndex;
  }
  return masked + text.slice(end);
}

/** How much of a form stands there: all of it, or a beginning, which is what an excerpt of a reply may leave; else 0. */
function lengthAt(form: string, text: string, at: number): number {
  if (text.startsWith(form, at)) return form.length;
  if (form.length > LONGEST_BEGINNING || !text.startsWith(form.slice(0, SHORTEST_BEGINNING), at)) return 0;
  let length = SHORTEST_BEGINNING;
  while (form[length] === text[at + length]) length++;
  return length;
}

/** A secret of several lines is printed line by line. */
function withLines(secret: string): string[] {
  return secret.includes("\n") ? [secret, ...secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE)] : [secret];
}

/** The values of environment variables whose names speak of secrets: all that is known before a configuration is read. */
export function environmentSecrets(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value !== undefined && SECRET_NAME.test(name) ? [value] : []));
}

function formsOf(secret: string): string[] {
  const url = encodeURIComponent(secret);
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const twice = JSON.stringify(json).slice(1, -1);
  const base64 = base64Forms(secret).flatMap((text) => [text, toBase64Url(text), encodeURIComponent(text)]);
  const hex = Buffer.from(secret).toString("hex");
  const others = [inHtml(secret), secret.replaceAll("'", "''"), json.replaceAll("/", "\\/"), hex, hex.toUpperCase()];
  return [secret, url, lowerCaseEscapes(url), form, lowerCaseEscapes(form), json, ascii, twice, ...others, ...base64];
}

/** Whole, and as it looks inside the base64 of a longer text: there its first byte may stand at any of three places in a group. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const whole = bytes.toString("base64").replace(/=+$/, "");
  if (bytes.length < SHORTEST_INSIDE_BASE64) return [whole];
  return [whole, ...[0, 1, 2].map((offset) => base64At(bytes, offset))];
}

function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
}

function toBase64Url(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function inHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => HTML[letter] ?? letter);
}

function lowerCaseEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
