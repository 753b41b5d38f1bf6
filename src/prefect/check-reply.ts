import { type ErrorCode, KpiError } from "../core/errors.js";
import type { PrefectAsk, PrefectReply } from "./prefect-ask.js";

/** Lets through what Prefect itself answered to an ask. Its words are not repeated: a 422 holds all that was sent, secrets too. */
export async function checkReply(response: Response, ask: PrefectAsk): Promise<PrefectReply> {
  const { status } = response;
  const body = await readBody(response, ask);
  const now = Date.parse(response.headers.get("date") ?? "");
  const reply = { status, body, now: Number.isNaN(now) ? Date.now() : now };
  if (status >= 200 && status < 300) return reply;
  // what FastAPI says of an address that is none of its own; what Prefect does not find, it names
  const elsewhere = status === 404 && (body as { detail?: unknown } | null)?.detail === "Not Found";
  if (ask.answers?.includes(status) === true && !elsewhere) return reply;
  if (elsewhere)
    throw failed("SOURCE_UNEXPECTED", ask, "there is no Prefect API at that address", "On a server of your own api_url ends in /api");
  if (status === 401 || status === 403)
    throw failed("CREDENTIALS_REFUSED", ask, `it answers ${status}`, "Check api_key, or auth_string for a server with a password");
  if (status >= 300 && status < 400)
    throw failed("SOURCE_UNEXPECTED", ask, `it answers with a redirect (${status})`, "Write the final address into api_url");
  throw failed("SOURCE_REFUSED", ask, `it answers ${status}`, "The log of the Prefect server may say more");
}

async function readBody(response: Response, ask: PrefectAsk): Promise<unknown> {
  if (/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) {
    await response.body?.cancel();
    const hint = "On a server of your own api_url ends in /api; on Prefect Cloud it is the workspace's address";
    throw failed("SOURCE_UNEXPECTED", ask, `it answers ${response.status} with a web page`, hint);
  }
  const text = await response.text().catch((thrown: Error) => {
    throw new KpiError("SOURCE_UNREACHABLE", `Cannot read Prefect's reply to ${ask.method} ${ask.path}: it broke off`, { cause: thrown });
  });
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function failed(code: ErrorCode, { method, path }: PrefectAsk, state: string, hint: string): KpiError {
  return new KpiError(code, `Cannot use Prefect: ${state} to ${method} ${path}`, { hint });
}
