/** A variable that a text was filled with. */
export interface Reference {
  readonly name: string;
  readonly value: string;
  /** Whether the value is the default that stands in the file. */
  readonly literal: boolean;
}

export interface Interpolation {
  readonly text: string;
  readonly references: readonly Reference[];
  /** What could not be filled in, and what to do about it. */
  readonly problems: readonly { readonly message: string; readonly hint: string }[];
}

const TOKEN = /\$\$\{|\$\{([^}]*)(\}?)/g;
const REFERENCE = /^([A-Za-z_][A-Za-z0-9_]*)(:-([\s\S]*))?$/;

/** Fills in `${NAME}` and `${NAME:-default}`; `$${` stands for `${`. As in a shell, `:-` also replaces an empty value. */
export function interpolate(text: string, environment: ReadonlyMap<string, string>): Interpolation {
  const references: Reference[] = [];
  const problems: { message: string; hint: string }[] = [];
  const filled = text.replaceAll(TOKEN, (token, inner: string | undefined, closed: string) => {
    if (inner === undefined) return "${";
    const match = closed === "" ? null : REFERENCE.exec(inner);
    if (match === null) {
      problems.push({ message: `Cannot read the reference "${token}": it is not of the form \${NAME} or \${NAME:-default}`, hint: ESCAPE });
      return token;
    }
    const [, name = "", fallback, standin = ""] = match;
    const value = environment.get(name);
    if (value === undefined && fallback === undefined) {
      const hint = `Set ${name} in the environment or in .env, or give a default: \${${name}:-…}`;
      problems.push({ message: `Cannot fill in "${token}": the variable ${name} is not set`, hint });
      return token;
    }
    const literal = fallback !== undefined && (value === undefined || value === "");
    const used = literal ? standin : (value ?? "");
    references.push({ name, value: used, literal });
    return used;
  });
  return { text: filled, references, problems };
}

const ESCAPE = "A text that is to hold ${ itself is written with $${";
