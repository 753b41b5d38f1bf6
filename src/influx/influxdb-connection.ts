import { resolve } from "node:path";
import { z } from "zod";
import { defineConnection } from "../core/connection.js";
import { KpiError } from "../core/errors.js";
import { parseDuration } from "../core/time.js";
import type { InfluxClient } from "./influx-client.js";

const duration = z.string().refine((text) => (parseDuration(text) ?? 0) > 0, "must be a duration such as 30s or 5m");

function isAddress(text: string): boolean {
  if (text.startsWith("file:")) return text.length > "file:".length;
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

const settings = z.strictObject({
  url: z
    .string()
    .refine(isAddress, "must be http://HOST:PORT, https://HOST or file:FOLDER, without credentials in it")
    .describe("Where the server answers, or `file:FOLDER` for a folder of line protocol"),
  org: z.string().default("").describe("Organisation, for Flux on InfluxDB 2"),
  token: z.string().default("").meta({ secret: true }).describe("API token of InfluxDB 2 or 3"),
  username: z.string().default("").describe("User name, for InfluxDB 1"),
  password: z.string().default("").meta({ secret: true }).describe("Password of the user"),
  version: z
    .union([z.literal("auto"), z.literal(1), z.literal(2), z.literal(3)])
    .default("auto")
    .describe("Which InfluxDB it is; `auto` asks it"),
  ca: z
    .string()
    .default("")
    .describe(
      "PEM file, from the project's folder, with the authorities that may have signed the server's certificate, in place of the usual ones",
    ),
  gzip: z
    .boolean()
    .default(false)
    .describe("Ask for compressed replies: pays on slow lines only, for packing takes the server longer than a fast line takes to send"),
  timeout: duration.default("30s").describe("How long the server may be silent, before and in the middle of a reply"),
  deadline: duration.default("15m").describe("How long a query may take in all, with its retries"),
  retries: z.int().min(0).max(10).default(3).describe("How often a query is tried again when the server is busy or breaks off"),
});

type Settings = z.output<typeof settings>;

/** The folder of `file:FOLDER`, as written (`file:///abs` and `file:/abs` are absolute); null for a server. */
function folderOf({ url }: Settings): string | null {
  return url.startsWith("file:") ? url.slice("file:".length).replace(/^\/\/(?=\/)/, "") : null;
}

function milliseconds(text: string): number {
  const value = parseDuration(text);
  if (value === null) throw new KpiError("CONFIG_INVALID", `Cannot read duration "${text}": expected one such as 30s`);
  return value;
}

export default defineConnection({
  type: "influxdb",
  summary: "InfluxDB 1, 2 or 3, or a folder of line-protocol files",
  config: settings,
  examples: [
    { url: "file:sample" },
    { url: "http://localhost:8086" },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, as it is written in the file
    { url: "https://influx.example.org", org: "plant", token: "${INFLUX_TOKEN}" },
  ],
  reads: (given) => {
    const folder = folderOf(given);
    return folder === null ? [] : [folder];
  },
  open: async (given, { name, project, cache, proxies }): Promise<InfluxClient> => {
    const folder = folderOf(given);
    if (folder !== null) {
      const { FolderClient } = await import("./line-protocol/folder-client.js");
      return new FolderClient({ path: resolve(project, folder), cache: resolve(cache) });
    }
    const [{ ServerClient }, { openRoute }] = await Promise.all([import("./server/server-client.js"), import("../net/open-route.js")]);
    return new ServerClient({
      name,
      url: given.url,
      org: given.org,
      authorization: authorization(given),
      version: given.version,
      timeout: milliseconds(given.timeout),
      deadline: milliseconds(given.deadline),
      retries: given.retries,
      gzip: given.gzip,
      route: await openRoute({ url: given.url, project, ca: given.ca, proxies }),
    });
  },
  probe: (client, signal) => client.probe(signal),
  browse: (client, question, signal) => client.browse(question, signal),
});

/** The header that says who asks; null where nobody is named. */
function authorization({ token, username, password }: Settings): string | null {
  if (token !== "") return `Token ${token}`;
  return username === "" ? null : `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
