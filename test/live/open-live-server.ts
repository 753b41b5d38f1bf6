import { randomBytes } from "node:crypto";

/** The server named by INFLUX_URL, INFLUX_TOKEN and INFLUX_ORG (InfluxDB 1: INFLUX_USERNAME, INFLUX_PASSWORD). */
export interface LiveServer extends AsyncDisposable {
  /** What a connection is opened with. */
  readonly settings: Readonly<Record<string, string>>;
  readonly version: string;
  readonly major: number;
  /** Makes a bucket, or a database, with a name of its own. It is dropped when the server is disposed. */
  makeBucket(): Promise<string>;
  /** Writes line protocol, times in nanoseconds. */
  write(bucket: string, lines: string): Promise<void>;
}

function settingsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const { INFLUX_URL: url = "", INFLUX_ORG: org = "", INFLUX_TOKEN: token = "", INFLUX_USERNAME = "", INFLUX_PASSWORD = "" } = env;
  if (url === "") throw new Error("INFLUX_URL is not set: docs/live-suite.md says what the live suite needs");
  return { url: url.replace(/\/$/, ""), org, token, username: INFLUX_USERNAME, password: INFLUX_PASSWORD };
}

function authorization({ token, username, password }: Readonly<Record<string, string>>): Record<string, string> {
  if (token) return { authorization: `Token ${token}` };
  return username ? { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` } : {};
}

/** Finds out which InfluxDB it is. Throws where nothing answers, or not an InfluxDB 1 or 2. */
export async function openLiveServer(env: NodeJS.ProcessEnv): Promise<LiveServer> {
  const settings = settingsOf(env);
  const send = async (method: string, path: string, body?: string | URLSearchParams, type?: string): Promise<string> => {
    const headers = { ...authorization(settings), ...(type === undefined ? {} : { "content-type": type }) };
    const reply = await fetch(`${settings.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await reply.text();
    if (!reply.ok || /^\{"results":.*"error"/.test(text)) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text;
  };
  const ping = await fetch(`${settings.url}/ping`);
  const version = (ping.headers.get("x-influxdb-version") ?? "").replace(/^v/, "");
  const major = Number.parseInt(version, 10);
  if (major !== 1 && major !== 2) throw new Error(`${settings.url} is no InfluxDB 1 or 2: it calls itself "${version}"`);
  const store = major === 1 ? databases(send) : buckets(send, settings.org ?? "");
  const made: string[] = [];
  const prefix = `kpi_live_${randomBytes(4).toString("hex")}`;
  return {
    settings,
    version,
    major,
    write: store.write,
    makeBucket: async () => {
      const name = `${prefix}_${made.length}`;
      made.push(name);
      await store.make(name);
      return name;
    },
    [Symbol.asyncDispose]: async () => {
      for (const name of made) await store.drop(name);
    },
  };
}

type Send = (method: string, path: string, body?: string | URLSearchParams, type?: string) => Promise<string>;

interface Store {
  make(name: string): Promise<void>;
  drop(name: string): Promise<void>;
  write(name: string, lines: string): Promise<void>;
}

function databases(send: Send): Store {
  const execute = async (statement: string) => {
    await send("POST", "/query", new URLSearchParams({ q: statement }));
  };
  return {
    make: (name) => execute(`CREATE DATABASE "${name}"`),
    drop: (name) => execute(`DROP DATABASE "${name}"`),
    write: async (name, lines) => {
      await send("POST", `/write?${new URLSearchParams({ db: name, precision: "ns" })}`, lines);
    },
  };
}

function buckets(send: Send, org: string): Store {
  const ids = new Map<string, string>();
  const organisation = async (): Promise<string> => {
    const { orgs } = JSON.parse(await send("GET", `/api/v2/orgs?${new URLSearchParams({ org })}`)) as { orgs: { id: string }[] };
    if (orgs[0] === undefined) throw new Error(`there is no organisation "${org}", or the token may not see it`);
    return orgs[0].id;
  };
  return {
    make: async (name) => {
      const body = JSON.stringify({ orgID: await organisation(), name, retentionRules: [] });
      ids.set(name, (JSON.parse(await send("POST", "/api/v2/buckets", body, "application/json")) as { id: string }).id);
    },
    drop: async (name) => {
      if (ids.has(name)) await send("DELETE", `/api/v2/buckets/${ids.get(name)}`);
    },
    write: async (bucket, lines) => {
      await send("POST", `/api/v2/write?${new URLSearchParams({ org, bucket, precision: "ns" })}`, lines, "text/plain");
    },
  };
}
