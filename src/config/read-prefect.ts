import type { PrefectSettings } from "../core/secret-source.js";
import type { Findings } from "./findings.js";

/** How the environment says that Prefect is reached; undefined where it does not. */
export function readPrefect(environment: ReadonlyMap<string, string>, findings: Findings): PrefectSettings | undefined {
  const value = (name: string) => environment.get(name) ?? "";
  const settings = { url: value("PREFECT_API_URL"), key: value("PREFECT_API_KEY"), auth: value("PREFECT_API_AUTH_STRING") };
  for (const secret of [settings.key, settings.auth, settings.auth.replace(/^[^:]*:/, "")]) findings.secret(secret);
  return settings.url === "" ? undefined : settings;
}
