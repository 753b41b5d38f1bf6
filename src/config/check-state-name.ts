import type { Field } from "./field.js";

/** The names in the state store so far, and the pattern that makes one for a pipeline that does not say. */
export interface StateNames {
  readonly pattern: string;
  readonly taken: Map<string, string>;
}

/** The key under which a pipeline's cursor is kept; two pipelines with one would overwrite each other's, which is an error. */
export function checkStateName(pipeline: string, field: Field, own: string | undefined, { pattern, taken }: StateNames): string {
  const name = (own ?? pattern).replaceAll("{pipeline}", () => pipeline).normalize("NFC");
  const other = taken.get(name);
  if (other === undefined) taken.set(name, pipeline);
  else
    (field.get("state")?.get("name") ?? field).keyError(
      `Cannot keep the state of pipeline "${pipeline}" as "${name}": pipeline "${other}" keeps its own there`,
      'Put {pipeline} into "state.name", or give each pipeline a name of its own: state: { name: … }',
    );
  return name;
}
