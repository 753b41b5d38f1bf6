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
  let pattern: RegExp | null = null;
  return {
    add(secrets) {
      for (const secret of [...secrets].flatMap(withLines))
        if (secret.length >= SHORTEST) for (const form of formsOf(secret)) forms.add(form);
      pattern = null;
    },
    scrub(text) {
      if (forms.size === 0) return text;
      pattern ??= toPattern(forms);
      return text.replace(pattern, MASK);
    },
  };
}

/** Whole forms are looked for first; then beginnings, which are what an excerpt of a reply may leave of them. */
function toPattern(forms: ReadonlySet<string>): RegExp {
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const cut = longestFirst.filter((form) => form.length > SHORTEST_BEGINNING && form.length <= LONGEST_BEGINNING);
  return new RegExp([...longestFirst.map(escapeRegExp), ...cut.map(beginning)].join("|"), "g");
}

/** As much of a form as there is, from so many letters on: `abcdefgh(?:i(?:j)?)?`. */
function beginning(form: string): string {
  const rest = [...form.slice(SHORTEST_BEGINNING, -1)].reduceRight((tail, letter) => `(?:${escapeRegExp(letter)}${tail})?`, "");
  return `${escapeRegExp(form.slice(0, SHORTEST_BEGINNING))}${rest}`;
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
  return [secret, url, lowerCaseEscapes(url), form, lowerCaseEscapes(form), json, ascii, twice, ...base64];
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

function lowerCaseEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
