/** A server that the environment names, for what tests and recording do to it besides reading. Everything throws an `Error` that says what was refused. */
export interface TargetServer {
  /** What a connection is opened with. */
  readonly settings: Readonly<Record<string, string>>;
  readonly version: string;
  readonly major: 1 | 2;
  /** Makes a bucket; on InfluxDB 1 a database. */
  make(name: string): Promise<void>;
  /** InfluxDB 2: makes InfluxQL read the bucket as a database of the given name. The mapping goes with the bucket. */
  map(database: string, bucket: string): Promise<void>;
  /** Drops the buckets whose names are such; tells how many there were. */
  drop(such: (name: string) => boolean): Promise<number>;
  /** Writes line protocol, times in nanoseconds. */
  write(bucket: string, lines: string): Promise<void>;
}

type Buckets = Pick<TargetServer, "make" | "map" | "drop" | "write">;
type Send = (method: string, path: string, body?: string | URLSearchParams, type?: string) => Promise<string>;

/**
 * Opens the server named by INFLUX_URL, INFLUX_TOKEN and INFLUX_ORG (InfluxDB 1: INFLUX_USERNAME, INFLUX_PASSWORD). Throws an `Error` that says which of
 * them is missing or wrong, before anything is made.
 */
export async function openTargetServer(env: NodeJS.ProcessEnv): Promise<TargetServer> {
  const settings = settingsOf(env);
  const { url = "", org = "", token = "" } = settings;
  const version = await versionOf(url);
  const major = Number.parseInt(version, 10);
  if (major !== 1 && major !== 2) throw new Error(`INFLUX_URL "${url}" is no InfluxDB 1 or 2: it calls itself "${version}"`);
  const send = (...asked: Parameters<Send>) => sendTo(settings, asked);
  if (major === 1) {
    const store = databases(send);
    await store.drop(() => false);
    return { settings, version, major, ...store };
  }
  if (org === "" || token === "") throw new Error(`${needed(org === "" ? "INFLUX_ORG" : "INFLUX_TOKEN")}: "${url}" is InfluxDB ${version}`);
  return { settings, version, major, ...buckets(send, org, await organisation(send, org)) };
}

const needed = (name: string) => `${name} is not set (docs/live-suite.md)`;

function settingsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const { INFLUX_URL: url = "", INFLUX_ORG: org = "", INFLUX_TOKEN: token = "", INFLUX_USERNAME = "", INFLUX_PASSWORD = "" } = env;
  if (url === "") throw new Error(needed("INFLUX_URL"));
  if (!/^https?:\/\/./.test(url)) throw new Error(`INFLUX_URL "${url}" must begin with http:// or https://`);
  return { url: url.replace(/\/$/, ""), org, token, username: INFLUX_USERNAME, password: INFLUX_PASSWORD };
}

async function versionOf(url: string): Promise<string> {
  try {
    const { headers } = await fetch(`${url}/ping`);
    return (headers.get("x-influxdb-version") ?? "").replace(/^v/, "");
  } catch (thrown) {
    const { cause } = thrown as { cause?: { code?: string; message?: string } };
    throw new Error(`INFLUX_URL "${url}" does not answer: ${cause?.code ?? cause?.message ?? thrown}`, { cause: thrown });
  }
}

function authorization({ token, username, password }: Readonly<Record<string, string>>): Record<string, string> {
  if (token) return { authorization: `Token ${token}` };
  return username ? { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` } : {};
}

async function sendTo(settings: Readonly<Record<string, string>>, [method, path, body, type]: Parameters<Send>): Promise<string> {
  const headers = { ...authorization(settings), ...(type === undefined ? {} : { "content-type": type }) };
  const reply = await fetch(`${settings.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await reply.text();
  if (reply.ok && !/^\{"results":.*"error"/.test(text)) return text;
  const refused = reply.status === 401 ? ": INFLUX_TOKEN, or INFLUX_USERNAME and INFLUX_PASSWORD, are not accepted" : "";
  throw new Error(`${method} ${settings.url}${path}: ${reply.status} ${text.trim()}${refused}`);
}

function databases(send: Send): Buckets {
  const execute = (statement: string) => send("POST", "/query", new URLSearchParams({ q: statement }));
  return {
    make: async (name) => void (await execute(`CREATE DATABASE "${name}"`)),
    map: () => Promise.reject(new Error("InfluxDB 1 has no mappings")),
    drop: async (such) => {
      const { results } = JSON.parse(await execute("SHOW DATABASES")) as { results: { series?: { values?: string[][] }[] }[] };
      const names = (results[0]?.series?.[0]?.values ?? []).flat().filter(such);
      for (const name of names) await execute(`DROP DATABASE "${name}"`);
      return names.length;
    },
    write: async (name, lines) => void (await send("POST", `/write?${new URLSearchParams({ db: name, precision: "ns" })}`, lines)),
  };
}

async function organisation(send: Send, org: string): Promise<string> {
  const missing = `INFLUX_ORG "${org}" is not there, or INFLUX_TOKEN may not see it`;
  const listed = await send("GET", `/api/v2/orgs?${new URLSearchParams({ org })}`).catch((thrown: Error) => {
    throw /: 404 /.test(thrown.message) ? new Error(missing, { cause: thrown }) : thrown;
  });
  const { orgs = [] } = JSON.parse(listed) as { orgs?: { id: string }[] };
  if (orgs[0] === undefined) throw new Error(missing);
  return orgs[0].id;
}

const PAGE = 100;

interface Bucket {
  readonly id: string;
  readonly name: string;
}

function buckets(send: Send, org: string, orgID: string): Buckets {
  const from = async (offset: number): Promise<Bucket[]> => {
    const path = `/api/v2/buckets?${new URLSearchParams({ orgID, limit: String(PAGE), offset: String(offset) })}`;
    const page = (JSON.parse(await send("GET", path)) as { buckets: Bucket[] }).buckets;
    return page.length < PAGE ? page : [...page, ...(await from(offset + PAGE))];
  };
  return {
    map: async (database, bucket) => {
      const bucketID = (await from(0)).find(({ name }) => name === bucket)?.id;
      const mapping = { orgID, bucketID, database, retention_policy: "kpi", default: true };
      await send("POST", "/api/v2/dbrps", JSON.stringify(mapping), "application/json");
    },
    make: async (name) => {
      await send("POST", "/api/v2/buckets", JSON.stringify({ orgID, name, retentionRules: [] }), "application/json");
    },
    drop: async (such) => {
      const found = (await from(0)).filter(({ name }) => such(name));
      for (const { id } of found) await send("DELETE", `/api/v2/buckets/${id}`);
      return found.length;
    },
    write: async (bucket, lines) => {
      await send("POST", `/api/v2/write?${new URLSearchParams({ org, bucket, precision: "ns" })}`, lines, "text/plain");
    },
  };
}
