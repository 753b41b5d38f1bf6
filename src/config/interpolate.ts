import type { FileText } from "./open-files.js";
import { type LatePart, parseReference, type Reference } from "./reference.js";

export interface Interpolation {
  readonly text: string;
  readonly references: readonly Reference[];
  /** The pieces of a text that has references which are looked up only when they are needed; null where it has none. */
  readonly late: readonly LatePart[] | null;
  /** What could not be filled in, and what to do about it. */
  readonly problems: readonly { readonly message: string; readonly hint: string }[];
}

/** What references may lead to right away. */
export interface Surroundings {
  readonly environment: ReadonlyMap<string, string>;
  /** A file, its path from the project's folder; null where there is none. */
  readonly readFile: (path: string) => FileText | null;
}

const TOKEN = /\$\$\{|\$\{([^}]*)(\}?)/g;

/** Fills in `${NAME}`, `${env:NAME}` and `${file:path}`, each with `:-default` if wanted; `$${` stands for `${`. As in a shell, `:-` also replaces an empty value. */
export function interpolate(text: string, surroundings: Surroundings): Interpolation {
  const references: Reference[] = [];
  const problems: { message: string; hint: string }[] = [];
  const parts: LatePart[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [token, inner, closed] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + token.length;
    if (inner === undefined) {
      parts.push("${");
      continue;
    }
    const asked = closed === "" ? null : parseReference(inner);
    if (asked === null) problems.push({ message: `Cannot read the reference "${token}": it is of no form that is known`, hint: FORMS });
    else if (asked.kind === "prefect") parts.push({ token, reference: asked.name, fallback: asked.fallback });
    else {
      const found = look(asked, surroundings);
      if ("problem" in found) problems.push({ message: `Cannot fill in "${token}": ${found.problem}`, hint: found.hint });
      else {
        references.push(found);
        parts.push(found.value);
      }
    }
  }
  parts.push(text.slice(end));
  const late = parts.some((part) => typeof part !== "string");
  const filled = problems.length > 0 ? text : parts.map((part) => (typeof part === "string" ? part : part.token)).join("");
  return { text: filled, references, late: late ? parts : null, problems };
}

type Asked = NonNullable<ReturnType<typeof parseReference>>;

interface Problem {
  readonly problem: string;
  readonly hint: string;
}

function look({ kind, name, target, fallback }: Asked, { environment, readFile }: Surroundings): Reference | Problem {
  const variable = kind === "env";
  const file = variable ? null : readFile(target);
  if (file !== null && "problem" in file) return { problem: file.problem, hint: FROM_PROJECT };
  const found = variable ? environment.get(target) : file?.text.replace(/\r?\n$/, "");
  if (found === undefined && fallback === null) return variable ? noVariable(target) : noFile(target);
  const literal = fallback !== null && (found === undefined || found === "");
  return { name, secret: !variable || SECRET_NAME.test(target), value: literal ? fallback : (found ?? ""), literal };
}

function noVariable(name: string): Problem {
  return {
    problem: `the variable ${name} is not set`,
    hint: `Set ${name} in the environment or in .env, or give a default: \${${name}:-…}`,
  };
}

function noFile(path: string): Problem {
  return { problem: `there is no file "${path}"`, hint: `${FROM_PROJECT}; a default may stand after it: \${file:${path}:-…}` };
}

/** The names of variables whose values are kept back. */
export const SECRET_NAME = /TOKEN|PASSWORD|SECRET|KEY|AUTH_STRING/i;

const FROM_PROJECT = "A path starts at the project's folder";
const FORMS =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as they are written in the file
  "A text that is to hold ${ itself is written with $${; references are ${NAME}, ${env:NAME}, ${file:path}, ${prefect:secret/name} and ${prefect:gcp-credentials/name}, each also with :-default";
