import { KpiError } from "../../core/errors.js";
import type { Finding } from "../../core/finding.js";
import type { Project } from "../../core/pipeline.js";
import type { SecretReference, SecretSource } from "../../core/secret-source.js";
import { bad, doubtful, good } from "./to-finding.js";

/** Which references to secrets lead to something, never to what. Those that are in Prefect are looked up, unless nothing may be asked. */
export async function checkSecrets({ references = [] }: Project, secrets: SecretSource, offline: boolean): Promise<Finding[]> {
  const asked = references.filter(({ found }) => !offline || found !== null);
  return Promise.all(asked.map((reference) => checkSecret(reference, secrets)));
}

async function checkSecret({ name, found: known, optional }: SecretReference, secrets: SecretSource): Promise<Finding> {
  const subject = { about: "secret", name } as const;
  try {
    const found = known ?? (await lookUp(name, optional === true, secrets));
    if (found === "value") return good(subject, "is set");
    if (found === "default") return good(subject, "is not set: the default of the configuration stands for it");
    return doubtful(subject, "is empty", "Set it, unless nothing is wanted in its place");
  } catch (thrown) {
    return bad(subject, thrown);
  }
}

async function lookUp(name: string, optional: boolean, secrets: SecretSource): Promise<SecretReference["found"]> {
  const value = await secrets.read(name, optional);
  if (value !== null) secrets.keep(value);
  if (value === null && !optional)
    throw new KpiError("CONFIG_INVALID", `Cannot find "${name}": Prefect has no block of that name`, { hint: "Make the block in Prefect" });
  if (value === null || (value === "" && optional)) return "default";
  return value === "" ? "empty" : "value";
}
