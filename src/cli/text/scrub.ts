const MASK = "***";
/** Shorter ones would blot out ordinary words and are no secrets. */
const SHORTEST = 4;
/** From this many bytes on, a secret is also found inside the base64 of a longer text. */
const SHORTEST_INSIDE_BASE64 = 8;
const SECRET_NAME = /token|passw|secret|credential|api_?key/i;

/** Takes secrets out of text, in every form in which they are likely to appear. */
export interface Scrubber {
  add(secrets: Iterable<string>): void;
  scrub(text: string): string;
}

export function createScrubber(): Scrubber {
  const forms = new Set<string>();
  let pattern: RegExp | null = null;
  return {
    add(secrets) {
      for (const secret of secrets) if (secret.length >= SHORTEST) for (const form of formsOf(secret)) forms.add(form);
      const longestFirst = [...forms].sort((a, b) => b.length - a.length);
      pattern = forms.size === 0 ? null : new RegExp(longestFirst.map(escapeRegExp).join("|"), "g");
    },
    scrub: (text) => (pattern === null ? text : text.replace(pattern, MASK)),
  };
}

/** The values of environment variables whose names speak of secrets: all that is known before a configuration is read. */
export function environmentSecrets(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value !== undefined && SECRET_NAME.test(name) ? [value] : []));
}

function formsOf(secret: string): string[] {
  const url = encodeURIComponent(secret);
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const json = JSON.stringify(secret).slice(1, -1);
  const twice = JSON.stringify(json).slice(1, -1);
  const base64 = base64Forms(secret);
  return [secret, url, lowerCaseEscapes(url), form, lowerCaseEscapes(form), json, twice, ...base64, ...base64.map(toBase64Url)];
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
