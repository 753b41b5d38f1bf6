import { parseLines } from "./flux/parse-lines.js";
import { Refusal } from "./flux/refusal.js";
import { runFlux } from "./flux/run-flux.js";
import { StoredValues } from "./flux/stored-values.js";
import { writeTables } from "./flux/write-tables.js";
import { type Asked, chunk, type Double, head, LAST_CHUNK, reply, startDouble } from "./influx-double.js";

/** An InfluxDB 2 that is asked by Flux, for no database stands for its buckets. Its token is `secret`. */
export interface FluxDouble extends Double {
  /** Writes line protocol, times in nanoseconds, into a bucket. */
  write(bucket: string, lines: string): Promise<void>;
}

/** As many bytes as the real server puts into a chunk. */
const CHUNK = 4096;
const CSV = "text/csv; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

/** Starts a server of version 2.9.1 that answers the Flux that kpi asks byte by byte as the real one does, chunks included. */
export async function startFluxDouble(): Promise<FluxDouble> {
  const buckets = new Map<string, StoredValues>();
  const double = await startDouble((socket, asked) => socket.write(answer(asked, buckets)));
  return Object.assign(double, {
    write: async (bucket: string, lines: string) => {
      const held = buckets.get(bucket) ?? new StoredValues();
      const values = parseLines(lines);
      const conflict = held.conflict(values);
      if (conflict !== undefined) throw new Error(`field type conflict: field "${conflict.field}"`);
      buckets.set(bucket, held);
      held.write(values);
    },
  });
}

function answer(asked: Asked, buckets: ReadonlyMap<string, StoredValues>): Buffer {
  const { url, headers, body } = asked;
  if (url.pathname === "/ping") return reply("204 No Content", "text/plain", "");
  try {
    if (headers.authorization !== "Token secret") throw new Refusal("401 Unauthorized", "unauthorized", "unauthorized access");
    if (url.pathname === "/query") return reply("200 OK", "application/json", closed(url.searchParams.get("db") ?? ""));
    if (url.pathname === "/api/v2/buckets") return reply("200 OK", JSON_TYPE, list(url.searchParams.get("name"), buckets));
    if (url.pathname === "/api/v2/dbrps") return reply("200 OK", JSON_TYPE, JSON.stringify({ content: [] }));
    const { query } = JSON.parse(body) as { readonly query: string };
    return inChunks(writeTables(runFlux(query, (name) => bucketOf(name, buckets))));
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    const { status, code, message } = thrown;
    return reply(status, JSON_TYPE, JSON.stringify({ code, message }), { "X-Platform-Error-Code": code });
  }
}

function closed(database: string): string {
  return JSON.stringify({ results: [{ statement_id: 0, error: `database not found: ${database}` }] });
}

function list(wanted: string | null, buckets: ReadonlyMap<string, StoredValues>): string {
  if (wanted !== null && !buckets.has(wanted)) throw new Refusal("404 Not Found", "not found", `bucket "${wanted}" not found`);
  const named = [...buckets].filter(([name]) => wanted === null || name === wanted);
  return JSON.stringify({
    buckets: named.map(([name, { shard }]) => ({
      name,
      retentionRules: [{ type: "expire", everySeconds: 0, shardGroupDurationSeconds: Number(shard / 1_000_000_000n) }],
    })),
  });
}

function bucketOf(name: string, buckets: ReadonlyMap<string, StoredValues>): StoredValues {
  const found = buckets.get(name);
  if (found !== undefined) return found;
  throw new Refusal("404 Not Found", "not found", `failed to initialize execute state: could not find bucket "${name}"`);
}

function inChunks(body: string): Buffer {
  const bytes = Buffer.from(body);
  const pieces = Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, index) =>
    chunk(bytes.subarray(index * CHUNK, (index + 1) * CHUNK)),
  );
  return Buffer.concat([Buffer.from(head("200 OK", { "Content-Type": CSV, "Transfer-Encoding": "chunked" })), ...pieces, LAST_CHUNK]);
}
