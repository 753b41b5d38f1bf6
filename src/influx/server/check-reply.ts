import { type ErrorCode, KpiError } from "../../core/errors.js";
import type { Reply } from "./exchange.js";
import { readText } from "./read-body.js";
import { noteRetryAfter } from "./retry.js";
import type { ServerOptions } from "./server-options.js";

const BUSY = new Set([408, 425, 429, 502, 503, 504]);
/** What to do about credentials that are refused. */
export const CHECK_CREDENTIALS = "Check token, or username and password, of the connection";
const CHECK_ORGANISATION = "Check org of the connection: the name of the organisation to which the bucket belongs";
/** InfluxDB 2, by 400 or 404. */
const NO_ORGANISATION = /organization.* not found|provide either orgID or org|either 'org' or 'orgID'/;
const RIGHTS = "InfluxDB says so too when the token may not read it: check the token's rights as well as the name";

/** The server's own words, out of the forms in which the versions put them. */
function saying(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    const words = message ?? error;
    return typeof words === "string" ? words : text.slice(0, 200);
  } catch {
    return text.replace(/\s+/g, " ").trim().slice(0, 200);
  }
}

function codeOf(status: number, text: string): ErrorCode {
  if (status >= 300 && status < 400) return "SOURCE_UNEXPECTED";
  if (status === 401 || status === 403 || status === 407) return "CREDENTIALS_REFUSED";
  if (status === 404 || (status === 400 && NO_ORGANISATION.test(text))) return "SOURCE_NOT_FOUND";
  return BUSY.has(status) ? "SOURCE_BUSY" : "SOURCE_REFUSED";
}

function hintOf(code: ErrorCode, { status, headers }: Reply, text: string): string | undefined {
  if (code === "SOURCE_UNEXPECTED") return `It sends its readers to "${headers.location ?? ""}": give the address of InfluxDB itself`;
  if (status === 407) return "A proxy asks for credentials: write them into HTTP_PROXY: http://USER:PASSWORD@HOST:PORT";
  if (code === "CREDENTIALS_REFUSED") return CHECK_CREDENTIALS;
  if (code !== "SOURCE_NOT_FOUND") return undefined;
  return NO_ORGANISATION.test(text) ? CHECK_ORGANISATION : RIGHTS;
}

function cannot(options: ServerOptions, state: string): string {
  return `Cannot read "${options.name}" at "${options.url}": ${state}`;
}

/** An error that the server put into words of its own, in a reply that said all was well. */
export function statementError(options: ServerOptions, message: string): KpiError {
  if (/not found|default retention policy not set/i.test(message))
    return new KpiError("SOURCE_NOT_FOUND", cannot(options, message), { hint: RIGHTS });
  const code = /authoriz/i.test(message) ? "CREDENTIALS_REFUSED" : "SOURCE_REFUSED";
  return new KpiError(code, cannot(options, message));
}

/** Throws unless the reply is a success of the given content type. */
export async function checkReply(options: ServerOptions, reply: Reply, contentType: string | readonly string[]): Promise<void> {
  const { status, headers } = reply;
  const type = headers["content-type"] ?? "none";
  if (status === 200) {
    if ([contentType].flat().includes(type.split(";")[0]?.trim() ?? "")) return;
    throw new KpiError("SOURCE_UNEXPECTED", cannot(options, `its reply is of type "${type}", not "${[contentType].flat()[0]}"`), {
      hint: "A login page or a proxy may answer at that address: give the address of InfluxDB itself",
    });
  }
  const text = await readText(reply.body);
  const code = codeOf(status, text);
  const error = new KpiError(code, cannot(options, `${status} ${saying(text)}`.trim()), { hint: hintOf(code, reply, text) });
  if (headers["retry-after"] !== undefined) noteRetryAfter(error, headers["retry-after"], headers.date);
  throw error;
}

/** The error for a reply that ends too early. */
export function truncated(options: ServerOptions, cause?: unknown): KpiError {
  return new KpiError("SOURCE_TRUNCATED", cannot(options, "the reply ends without the mark that proves it complete"), {
    cause,
    hint: "A proxy between kpi and InfluxDB may cut replies; the window is tried again by the next run",
  });
}
