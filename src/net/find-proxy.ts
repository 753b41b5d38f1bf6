import type { Proxies } from "../core/connection.js";
import { KpiError } from "../core/errors.js";
import { isDirect } from "./no-proxy.js";

/** A proxy that is to be gone through. */
export interface HttpProxy {
  /** Its address, without credentials: how it is called in messages. */
  readonly url: URL;
  /** `Proxy-Authorization`; null where it asks for none. */
  readonly authorization: string | null;
}

/** `host:port` is as good as `http://host:port`. */
function parse(text: string): URL | null {
  const written = text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(written) ? new URL(written) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "" ? url : null;
}

/** The proxy for an address; null where it is reached directly. Throws CONFIG_INVALID for a proxy that is none. */
export function findProxy(url: URL, proxies: Proxies | undefined): HttpProxy | null {
  const secure = url.protocol === "https:";
  const text = secure ? proxies?.https : proxies?.http;
  if (text === undefined || text === null || text === "" || isDirect(url, proxies?.except ?? "")) return null;
  const proxy = parse(text);
  if (proxy === null) {
    // what it says is not repeated: it may hold a password
    throw new KpiError(
      "CONFIG_INVALID",
      `Cannot use the proxy of ${secure ? "HTTPS_PROXY" : "HTTP_PROXY"}: it is no http or https address`,
      {
        hint: "Write it like http://proxy.example.org:3128, or list in NO_PROXY what needs none",
      },
    );
  }
  return { url: new URL(proxy.origin), authorization: authorization(proxy) };
}

function authorization({ username, password }: URL): string | null {
  if (username === "" && password === "") return null;
  const credentials = `${decode(username)}:${decode(password)}`;
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // a lone % stands for itself
    return text;
  }
}
