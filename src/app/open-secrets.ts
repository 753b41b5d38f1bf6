import { KpiError } from "../core/errors.js";
import type { Project } from "../core/pipeline.js";
import type { PrefectSettings, Scrubber, SecretSource } from "../core/secret-source.js";

/** Looks secrets up in Prefect, each once; nothing is asked before. What is found is scrubbed from then on. */
export function openSecrets({ prefect, root }: Project, scrubber: Scrubber): SecretSource {
  const known = new Map<string, Promise<string | null>>();
  return {
    keep: (secret) => scrubber.add([secret]),
    async read(reference, optional) {
      if (prefect === undefined && optional) return null;
      const found = known.get(reference) ?? ask(prefect, reference, root);
      known.set(reference, found);
      return await found;
    },
  };
}

async function ask(prefect: PrefectSettings | undefined, reference: string, root: string): Promise<string | null> {
  const cannot = `Cannot fill in "\${${reference}}"`;
  if (prefect === undefined)
    throw new KpiError("CONFIG_INVALID", `${cannot}: nothing says where Prefect is`, {
      hint: "Set PREFECT_API_URL, as Prefect's own clients want it, in the environment or in .env",
    });
  const [{ openPrefect }, { readSecret }] = await Promise.all([import("./open-prefect.js"), import("../prefect/read-secret.js")]);
  try {
    return await readSecret(openPrefect(prefect), reference.replace("prefect:", ""), root);
  } catch (thrown) {
    if (!(thrown instanceof KpiError)) throw thrown;
    throw new KpiError(thrown.code, `${cannot}: ${thrown.message}`, {
      cause: thrown,
      hint: thrown.hint
        ?.replace("api_url", "PREFECT_API_URL")
        .replace("api_key", "PREFECT_API_KEY")
        .replace("auth_string", "PREFECT_API_AUTH_STRING"),
    });
  }
}
