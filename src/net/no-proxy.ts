import { BlockList, isIP } from "node:net";

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function holds(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 6 ? "ipv6" : "ipv4");
}

/** Whether `10.0.0.0/8` holds the host; false for text that is no such range. */
function inSubnet(range: string, host: string): boolean {
  const [network = "", bits = ""] = range.split("/");
  const family = isIP(network);
  if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family === 6 ? "ipv6" : "ipv4");
  return holds(list, host);
}

/** An entry's host and port; port null = any. An IPv6 address stands in brackets where a port follows it. */
function parseEntry(entry: string): readonly [host: string, port: string | null] {
  const [, bracketed, bracketedPort] = /^\[(.+)\](?::(\d+))?$/.exec(entry) ?? [];
  if (bracketed !== undefined) return [bracketed, bracketedPort ?? null];
  const [, name, port] = isIP(entry) === 0 ? (/^([^:]+):(\d+)$/.exec(entry) ?? []) : [];
  return name === undefined ? [entry, null] : [name, port ?? null];
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [text, wantedPort] = parseEntry(entry);
  if (wantedPort !== null && wantedPort !== port) return false;
  if (text.includes("/")) return inSubnet(text, host);
  const name = text.replace(/^\*?\./, "");
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

/**
 * Whether an address is spoken to directly whatever proxies there are: this machine itself, and what a `NO_PROXY` list names: `*`, a domain with all
 * below it, an address, a range such as `10.0.0.0/8`, each with or without a port; separated by commas or blanks.
 */
export function isDirect(url: URL, except: string): boolean {
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  if (host === "localhost" || holds(LOOPBACK, host)) return true;
  const port = url.port || (DEFAULT_PORTS[url.protocol] ?? "");
  return except
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && matches(entry, host, port));
}
