import type { Finding } from "../../core/finding.js";
import type { Project } from "../../core/pipeline.js";
import type { PrefectSettings, SecretSource } from "../../core/secret-source.js";
import { probePrefect } from "../../prefect/probe-prefect.js";
import { openPrefect } from "../open-prefect.js";
import { checkClock } from "./check-clock.js";
import { type StoreToTry, storesToTry } from "./stores-to-try.js";
import { bad, good } from "./to-finding.js";

/** Whether each Prefect that is used answers and takes the credentials: those of state stores, and that which holds secrets. */
export async function checkPrefect(project: Project, secrets: SecretSource): Promise<Finding[]> {
  const found = await Promise.all([
    ...storesToTry(project, false)
      .filter(({ store }) => store === "prefect")
      .map((store) => check(store.name ?? "state", () => ofStore(store, secrets))),
    holdsSecrets(project) && project.prefect !== undefined ? check("secrets", () => project.prefect) : [],
  ]);
  return found.flat();
}

function holdsSecrets({ references = [] }: Project): boolean {
  return references.some(({ found }) => found === null);
}

async function check(name: string, settings: () => PrefectSettings | undefined | Promise<PrefectSettings>): Promise<Finding[]> {
  const subject = { about: "prefect", name } as const;
  try {
    const given = await settings();
    if (given === undefined) return [];
    const { detail, clock } = await probePrefect(openPrefect(given));
    return [good(subject, `${detail} at ${given.url}`), ...checkClock(subject, clock)];
  } catch (thrown) {
    return [bad(subject, thrown)];
  }
}

async function ofStore({ fill, settings }: StoreToTry, secrets: SecretSource): Promise<PrefectSettings> {
  const { api_url: url, api_key: key, auth_string: auth } = (await fill?.(secrets)) ?? settings;
  return { url: String(url), key: String(key ?? ""), auth: String(auth ?? "") };
}
