import { setTimeout as sleep } from "node:timers/promises";
import { KpiError } from "../core/errors.js";
import { checkReply } from "./check-reply.js";
import type { PrefectAsk, PrefectReply } from "./prefect-ask.js";

export interface PrefectAccess {
  /** `https://HOST/api`, or a workspace of Prefect Cloud. */
  readonly url: string;
  /** The `Authorization` header; null where nobody is named. */
  readonly authorization: string | null;
}

/** Of one try, in ms. */
const TIMEOUT = 10_000;
/** No new try later than this after the first, in ms: an ask takes at most 30 s. */
const PATIENCE = 20_000;
/** How often a server that cannot be reached is tried. */
const TRIES = 3;
const PASSING = [408, 429, 502, 503, 504];

/**
 * Speaks to one Prefect API. What a SQLite server answers with 503 was rolled back and is asked again, as is what was lost on the way.
 * Throws CREDENTIALS_REFUSED, SOURCE_UNREACHABLE, SOURCE_TIMEOUT, SOURCE_BUSY, SOURCE_UNEXPECTED, SOURCE_REFUSED.
 */
export class PrefectClient {
  readonly #access: PrefectAccess;

  constructor(access: PrefectAccess) {
    this.#access = { ...access, url: access.url.replace(/\/+$/, "") };
  }

  async ask(ask: PrefectAsk): Promise<PrefectReply> {
    // a connection that is closed too soon may leave a fetch that settles by its time-out alone, which keeps no process from ending
    const awake = setTimeout(() => undefined, PATIENCE + 2 * TIMEOUT);
    try {
      return await this.#ask(ask);
    } finally {
      clearTimeout(awake);
    }
  }

  async #ask(ask: PrefectAsk): Promise<PrefectReply> {
    const begun = performance.now();
    for (let tries = 1, pause = 50; ; tries++, pause = Math.min(pause * 2, 2_000)) {
      let wait = pause * (0.5 + Math.random());
      try {
        const response = await this.#send(ask);
        if (!PASSING.includes(response.status)) return await checkReply(response, ask);
        await response.body?.cancel();
        wait = Math.max(wait, 1_000 * Number(response.headers.get("retry-after") ?? 0) || 0);
        if (performance.now() - begun + wait > PATIENCE)
          throw new KpiError("SOURCE_BUSY", `Cannot use Prefect: it answers ${response.status} to ${ask.method} ${ask.path}`);
      } catch (thrown) {
        const lost = thrown instanceof KpiError && (thrown.code === "SOURCE_UNREACHABLE" || thrown.code === "SOURCE_TIMEOUT");
        if (!lost || tries >= TRIES || performance.now() - begun > PATIENCE) throw thrown;
      }
      await sleep(wait);
    }
  }

  async #send({ method, path, body }: PrefectAsk): Promise<Response> {
    const { url, authorization } = this.#access;
    try {
      return await fetch(`${url}${path}`, {
        method,
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT),
        headers: {
          accept: "application/json",
          // the server closes what is idle for 5 s, and a request on its way then is lost
          connection: "close",
          // a name that begins with prefect/ is taken for a Python client, of which the server expects more
          "user-agent": "kpi",
          "x-prefect-api-version": "0.8.4",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(authorization === null ? {} : { authorization }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (thrown) {
      throw unreachable(new URL(url).origin, thrown as Error);
    }
  }
}

function unreachable(origin: string, thrown: Error): KpiError {
  if (thrown.name === "TimeoutError")
    return new KpiError("SOURCE_TIMEOUT", `Cannot reach Prefect at "${origin}": no reply within ${TIMEOUT / 1_000} s`, { cause: thrown });
  const { code, message } = (thrown.cause ?? thrown) as NodeJS.ErrnoException;
  return new KpiError("SOURCE_UNREACHABLE", `Cannot reach Prefect at "${origin}": ${code ?? message}`, {
    cause: thrown,
    hint: "Check api_url and that the server runs",
  });
}
