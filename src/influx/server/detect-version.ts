import { KpiError } from "../../core/errors.js";
import type { Instant } from "../../core/time.js";
import { bearing } from "./bearing.js";
import { CHECK_CREDENTIALS } from "./check-reply.js";
import { exchange } from "./exchange.js";
import { readText } from "./read-body.js";
import { retry } from "./retry.js";
import type { ServerOptions } from "./server-options.js";

/** Which InfluxDB answers. */
export interface ServerVersion {
  readonly major: 1 | 2 | 3;
  /** As it calls itself; what the connection says where it was not asked. */
  readonly text: string;
}

function toVersion(options: ServerOptions, header: string | undefined): ServerVersion {
  if (header === undefined) {
    throw new KpiError(
      "SOURCE_UNEXPECTED",
      `Cannot read "${options.name}" at "${options.url}": what answers does not say that it is InfluxDB`,
      {
        hint: "Check the address, or set version: 1, 2 or 3 if a proxy hides what InfluxDB says",
      },
    );
  }
  const text = header.replace(/^v/, "");
  return { major: text.startsWith("1.") ? 1 : text.startsWith("3.") ? 3 : 2, text };
}

/** Asks who answers: `/ping` needs no credentials on InfluxDB 1 and 2, and every reply names the version. Throws CREDENTIALS_REFUSED, SOURCE_UNEXPECTED. */
export async function detectVersion(options: ServerOptions, signal: AbortSignal): Promise<ServerVersion> {
  const { version } = options;
  if (version !== "auto") return { major: version, text: String(version) };
  const { status, header } = await ping(options, signal);
  if (status !== 401 || header !== undefined) return toVersion(options, header);
  const again = await ping(bearing(options), signal);
  if (again.status !== 401 || again.header !== undefined) return toVersion(options, again.header);
  throw new KpiError("CREDENTIALS_REFUSED", `Cannot read "${options.name}" at "${options.url}": it answers 401`, {
    hint: CHECK_CREDENTIALS,
  });
}

/** What the server's clock shows, to a second; undefined where it does not say. */
export async function readClock(options: ServerOptions, signal: AbortSignal): Promise<Instant | undefined> {
  const clock = Date.parse((await ping(options, signal)).date ?? "");
  return Number.isNaN(clock) ? undefined : clock;
}

interface Pong {
  readonly status: number;
  readonly date: string | undefined;
  readonly header: string | undefined;
}

function ping(options: ServerOptions, signal: AbortSignal): Promise<Pong> {
  return retry(options, signal, (until) =>
    exchange(options, { method: "GET", path: "/ping", accept: "*/*" }, { signal, until }, async (reply) => {
      await checkPing(options, reply.status);
      await readText(reply.body);
      return { status: reply.status, date: reply.headers.date, header: reply.headers["x-influxdb-version"] as string | undefined };
    }),
  );
}

async function checkPing(options: ServerOptions, status: number): Promise<void> {
  if (status < 500 && status !== 429) return;
  throw new KpiError("SOURCE_BUSY", `Cannot read "${options.name}" at "${options.url}": it answers ${status}`);
}
