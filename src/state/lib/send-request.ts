import { KpiError } from "../../core/errors.js";

const PATIENCE = 10_000;

/** An answer of an object store that came whole. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends a request once. Throws SOURCE_UNREACHABLE, SOURCE_TIMEOUT after 10 s, and SOURCE_BUSY for 429 and 5xx: in all three cases what was asked may have been done.
 * `place` is how people call what is asked for. Neither what was sent nor what was answered is repeated.
 */
export async function sendRequest(place: string, request: Request): Promise<Reply> {
  const { status, headers, text } = await fetchWhole(request).catch((thrown: Error) => {
    if (thrown.name === "TimeoutError")
      throw new KpiError("SOURCE_TIMEOUT", `Cannot reach "${place}": no answer within 10 s`, { cause: thrown });
    const { code, message } = (thrown.cause ?? thrown) as NodeJS.ErrnoException;
    throw new KpiError("SOURCE_UNREACHABLE", `Cannot reach "${place}": ${code ?? message}`, {
      cause: thrown,
      hint: "Is the address right, the server up, the network open?",
    });
  });
  if (status === 429 || status >= 500) {
    throw new KpiError("SOURCE_BUSY", `Cannot use "${place}": the server answers ${status}`, { hint: "Try again later" });
  }
  return { status, headers, text };
}

async function fetchWhole(request: Request): Promise<Reply> {
  // a connection that is closed too soon may leave a fetch that settles by its time-out alone, which keeps no process from ending
  const awake = setTimeout(() => undefined, 2 * PATIENCE);
  try {
    const response = await fetch(request, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } finally {
    clearTimeout(awake);
  }
}

/** Answers that are no answer to what was asked, whatever it was. */
export function refusedReply(place: string, { status }: Pick<Reply, "status">, detail: string): KpiError {
  const said = `the server answers ${status}${detail === "" ? "" : ` (${detail})`}`;
  if (status === 401 || status === 403) {
    return new KpiError("CREDENTIALS_REFUSED", `Cannot use "${place}": ${said}`, {
      hint: "Check the credentials under `state:`, and that they may read, write and list there",
    });
  }
  if (status === 404)
    return new KpiError("SOURCE_NOT_FOUND", `Cannot use "${place}": ${said}`, { hint: "Make the bucket, or correct its name" });
  return new KpiError("SOURCE_UNEXPECTED", `Cannot use "${place}": ${said}`, {
    hint: "Check address and region under `state:`, and that the store knows conditional writes",
  });
}

/** How long ago an object was written, by the server's clock. */
export function ageOf(headers: Headers): number {
  const [written, now] = ["last-modified", "date"].map((name) => Date.parse(headers.get(name) ?? ""));
  return (Number.isNaN(now ?? Number.NaN) ? Date.now() : (now as number)) - (written ?? Number.NaN);
}
