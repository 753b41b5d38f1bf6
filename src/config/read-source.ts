import { Field } from "./field.js";
import type { Findings } from "./findings.js";
import type { Surroundings } from "./interpolate.js";
import { locate } from "./locate.js";
import { parseYaml } from "./parse-yaml.js";
import { readBytes } from "./read-bytes.js";

export interface SourceContext {
  readonly surroundings: Surroundings;
  readonly findings: Findings;
  /** How a path is shown. */
  show(path: string): string;
}

/**
 * Reads a YAML file into a field that knows its places, variables filled in. Null when the file cannot be used at all; the findings say why.
 * Throws CONFIG_INVALID when it cannot be read from disk.
 */
export async function readSource(path: string, label: readonly string[], context: SourceContext): Promise<Field | null> {
  const { contents, lines, place, faults: broken } = parseYaml(await readBytes(path));
  const source = { file: context.show(path), lines, place };
  const { located, faults } = broken.length > 0 ? { located: null, faults: broken } : locate(contents, context);
  for (const { message, hint, offset, path: keys } of faults)
    context.findings.error({ message, hint, file: source.file, ...place(offset), path: [...label, ...keys].join(".") });
  return located === null ? null : new Field(source, located, label, context.findings);
}
