import { createSign } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { KpiError } from "../../core/errors.js";
import { type Reply, refusedReply, sendRequest } from "./send-request.js";
import { tryAgain } from "./try-again.js";

const ACCOUNT = z.object({
  client_email: z.string(),
  private_key: z.string(),
  token_uri: z.url().default("https://oauth2.googleapis.com/token"),
});

type Account = z.output<typeof ACCOUNT>;

const TOKEN = z.object({ access_token: z.string(), expires_in: z.number() });

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const METADATA = "http://metadata.google.internal";
/** How long before its end a token is replaced, in ms. */
const MARGIN = 120_000;

/**
 * Gives access tokens of Google, each used until shortly before its end: for a service account (its JSON, or the path of a file with it, from `folder`
 * on), else those of the metadata server. Throws CONFIG_INVALID for credentials that are none, CREDENTIALS_REFUSED.
 */
export function openGoogleToken(credentials: string | undefined, folder: string, metadata: string = METADATA): () => Promise<string> {
  const account = credentials === undefined ? null : readAccount(credentials, folder);
  let held: { readonly token: Promise<string>; until: number } | null = null;
  return () => {
    if (held !== null && performance.now() < held.until) return held.token;
    const asked = account === null ? tryAgain(() => askMetadata(metadata)) : tryAgain(() => askFor(account));
    const fresh = { token: asked.then(({ access_token: token }) => token), until: Number.POSITIVE_INFINITY };
    held = fresh;
    asked.then(
      ({ expires_in: seconds }) => {
        fresh.until = performance.now() + seconds * 1_000 - MARGIN;
      },
      () => {
        held = null;
      },
    );
    return fresh.token;
  };
}

function readAccount(credentials: string, folder: string): Account {
  const inline = credentials.trimStart().startsWith("{");
  const place = inline ? "state.credentials" : `"${credentials}"`;
  try {
    return ACCOUNT.parse(JSON.parse(inline ? credentials : readFileSync(resolve(folder, credentials), "utf8")));
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    const state = code === "ENOENT" ? "there is no such file" : "it is no key of a service account";
    // the cause is left out: what a parser says quotes what it parses
    throw new KpiError("CONFIG_INVALID", `Cannot read the credentials in ${place}: ${state}`, {
      hint: "Give the JSON that Google made for the key (client_email, private_key), or the path of a file with it",
    });
  }
}

function askFor({ client_email: email, private_key: key, token_uri: uri }: Account) {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: email, scope: SCOPE, aud: uri, iat: now, exp: now + 3_600 };
  const unsigned = [{ alg: "RS256", typ: "JWT" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const assertion = `${unsigned}.${sign(unsigned, key)}`;
  const body = new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
  return ask(uri, new Request(uri, { method: "POST", body }));
}

function sign(text: string, key: string): string {
  try {
    return createSign("RSA-SHA256").update(text).sign(key, "base64url");
  } catch {
    throw new KpiError("CONFIG_INVALID", "Cannot sign with the private_key of the service account: it is no RSA key in PEM");
  }
}

function askMetadata(server: string) {
  const url = `${server}/computeMetadata/v1/instance/service-accounts/default/token`;
  return ask(url, new Request(url, { headers: { "metadata-flavor": "Google" } }));
}

async function ask(place: string, request: Request): Promise<z.output<typeof TOKEN>> {
  const reply = await sendRequest(place, request);
  if (reply.status !== 200) throw refused(place, reply);
  const { success, data } = TOKEN.safeParse(toJson(reply.text));
  if (success) return data;
  throw refusedReply(place, reply, "what is no token");
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Google answers 400 where it does not take what an account signs. */
function refused(place: string, { status }: Reply): KpiError {
  return refusedReply(place, { status: status === 400 ? 401 : status }, "");
}
