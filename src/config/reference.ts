/** A variable or file that a text was filled with. */
export interface Reference {
  /** `NAME` or `file:path`. */
  readonly name: string;
  /** Whether the value must not be shown: that of a file, or of a variable with a secret's name. */
  readonly secret: boolean;
  readonly value: string;
  /** Whether the value is the default that stands in the file. */
  readonly literal: boolean;
}

/** A piece of a text: as it is, or to be looked up when it is needed. */
export type LatePart = string | LateReference;

export interface LateReference {
  /** As it stands in the file. */
  readonly token: string;
  /** `prefect:secret/NAME` or `prefect:gcp-credentials/NAME`. */
  readonly reference: string;
  readonly fallback: string | null;
}

interface ParsedReference {
  readonly kind: "env" | "file" | "prefect";
  /** How it is called in messages. */
  readonly name: string;
  /** The variable, the path, or the block. */
  readonly target: string;
  readonly fallback: string | null;
}

const VARIABLE = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;
const FILE = /^file:(.+?)(?::-([\s\S]*))?$/;
const PREFECT = /^prefect:((?:secret|gcp-credentials)\/[a-z0-9-]+)(?::-([\s\S]*))?$/;

/** Reads what stands between `${` and `}`; null when it is no reference. */
export function parseReference(inner: string): ParsedReference | null {
  const variable = VARIABLE.exec(inner);
  if (variable !== null) return parsed("env", "", variable);
  const file = FILE.exec(inner);
  if (file !== null) return parsed("file", "file:", file);
  const block = PREFECT.exec(inner);
  return block === null ? null : parsed("prefect", "prefect:", block);
}

function parsed(kind: ParsedReference["kind"], prefix: string, [, target = "", fallback]: RegExpExecArray): ParsedReference {
  return { kind, name: `${prefix}${target}`, target, fallback: fallback ?? null };
}
