import { type ErrorCode, KpiError } from "../core/errors.js";
import { type HttpReply, type HttpRequest, nameOf } from "./send.js";

/** Lets a good reply through; throws what a bad one says. A login page and a redirect are no reply of the source. */
export function checkReply(reply: HttpReply, request: HttpRequest): HttpReply {
  const problem = problemOf(reply);
  if (problem === null) return reply;
  const [code, state, hint] = problem;
  // a server's own failure may pass
  throw new KpiError(code, `Cannot read "${nameOf(request)}": ${state}`, { hint, ...(reply.status >= 500 ? { retryable: true } : {}) });
}

function problemOf({ status, headers, body }: HttpReply): readonly [ErrorCode, string, string?] | null {
  const page = /^text\/html\b/i.test(headers["content-type"] ?? "");
  if (status >= 300 && status < 400)
    return [
      "SOURCE_UNEXPECTED",
      `it answers with a redirect to "${place(headers.location)}"`,
      "Write the final address into the connection",
    ];
  if (status === 401 || status === 403) return ["CREDENTIALS_REFUSED", `it answers ${status}`, "Check the connection's credentials"];
  if (status === 407) return ["CREDENTIALS_REFUSED", "the proxy answers 407", "Write its credentials into HTTP_PROXY"];
  if (isBusy(status)) return ["SOURCE_BUSY", `it answers ${status}`];
  if (page) return ["SOURCE_UNEXPECTED", `it answers ${status} with a web page`, "Check the address: this may be a login page or a proxy"];
  if (status === 404 || status === 410) return ["SOURCE_NOT_FOUND", `it answers ${status}`, "Check the path"];
  return status >= 200 && status < 300 ? null : ["SOURCE_REFUSED", `it answers ${status}${excerpt(body)}`];
}

function isBusy(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}

/** Without its query, which may hold a secret. */
function place(location: string | undefined): string {
  return (location ?? "").replace(/[?#].*$/s, "");
}

function excerpt(body: Buffer): string {
  const text = body.toString("utf8", 0, 300).replaceAll(/\s+/g, " ").trim();
  return text === "" ? "" : `: ${text.slice(0, 200)}`;
}
