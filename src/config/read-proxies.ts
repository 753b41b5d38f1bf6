import type { Proxies } from "../core/connection.js";
import type { Findings } from "./findings.js";

/** The proxies that the environment names, as most tools read it: the lower-case name counts before the other. What they hold of credentials is a secret. */
export function readProxies(environment: ReadonlyMap<string, string>, findings: Findings): Proxies {
  const value = (name: string) => environment.get(name.toLowerCase()) || environment.get(name) || null;
  const proxies = { http: value("HTTP_PROXY"), https: value("HTTPS_PROXY"), except: value("NO_PROXY") ?? "" };
  for (const proxy of [proxies.http, proxies.https]) for (const secret of secretsOf(proxy ?? "")) findings.secret(secret);
  return proxies;
}

/** The password of `http://USER:PASSWORD@HOST`, as it is written and as it is meant. */
function secretsOf(proxy: string): string[] {
  const [, written] = /^(?:\w+:\/\/)?[^/@:]*:(.*)@/.exec(proxy) ?? [];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
