import type { AwsClient } from "aws4fetch";
import { KpiError } from "../../core/errors.js";
import type { ObjectBucket, StoredObject } from "./object-bucket.js";
import { ageOf, type Reply, refusedReply, sendRequest } from "./send-request.js";
import { tryAgain } from "./try-again.js";

export interface S3Settings {
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly session_token: string;
  readonly path_style: boolean;
}

/** What a conditional write that was forestalled is answered: 412 by most, 404 by some where the object is gone. */
const FORESTALLED = [404, 412];

/** A folder of a bucket, by signed requests that are each sent once. */
export class S3Bucket implements ObjectBucket {
  readonly #client: AwsClient;
  readonly #settings: S3Settings;
  readonly #url: string;

  constructor(Client: typeof AwsClient, settings: S3Settings) {
    const { region, access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken } = settings;
    this.#client = new Client({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === "" ? {} : { sessionToken }),
      service: "s3",
      region,
      retries: 0,
    });
    this.#settings = settings;
    this.#url = bucketUrl(settings);
  }

  address(name: string): string {
    return `s3://${this.#settings.bucket}/${this.#settings.prefix}${name}`;
  }

  async read(name: string): Promise<StoredObject | null> {
    const reply = await tryAgain(() => this.#send(name, "GET"));
    if (reply.status === 404 && codeOf(reply) === "NoSuchKey") return null;
    if (reply.status !== 200) throw refusedReply(this.address(name), reply, codeOf(reply));
    return { text: reply.text, tag: reply.headers.get("etag") ?? "", age: ageOf(reply.headers) };
  }

  async write(name: string, body: string, tag: string | null): Promise<string | null> {
    const headers = { "content-type": "application/json", ...(tag === null ? { "if-none-match": "*" } : { "if-match": tag }) };
    const reply = await this.#send(name, "PUT", { headers, body });
    const code = codeOf(reply);
    if (reply.status === 200) return reply.headers.get("etag") ?? "";
    // another write was under way: which of the two was made is seen by looking
    if (reply.status === 409) throw new KpiError("SOURCE_BUSY", `Cannot write "${this.address(name)}": another write is under way`);
    if (FORESTALLED.includes(reply.status) && code !== "NoSuchBucket") return null;
    throw refusedReply(this.address(name), reply, code);
  }

  async list(): Promise<string[]> {
    const { prefix } = this.#settings;
    const names: string[] = [];
    for (let token: string | undefined = ""; token !== undefined; ) {
      const query = new URLSearchParams({ "list-type": "2", prefix, ...(token === "" ? {} : { "continuation-token": token }) });
      const reply = await tryAgain(() => this.#request(`${this.#url}/?${query}`, "GET", this.address("")));
      if (reply.status !== 200) throw refusedReply(this.address(""), reply, codeOf(reply));
      names.push(...[...reply.text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key.slice(prefix.length)));
      token = /<NextContinuationToken>([^<]*)</.exec(reply.text)?.[1];
    }
    return names;
  }

  #send(name: string, method: string, init: RequestInit = {}): Promise<Reply> {
    const path = `${this.#settings.prefix}${name}`.split("/").map(encodeURIComponent).join("/");
    return this.#request(`${this.#url}/${path}`, method, this.address(name), init);
  }

  async #request(url: string, method: string, place: string, init: RequestInit = {}): Promise<Reply> {
    return sendRequest(place, await this.#client.sign(url, { ...init, method }));
  }
}

function bucketUrl({ bucket, endpoint, region, path_style: inPath }: S3Settings): string {
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  if (!inPath) url.host = `${bucket}.${url.host}`;
  const path = url.pathname.replace(/\/$/, "");
  return `${url.origin}${path}${inPath ? `/${bucket}` : ""}`;
}

/** The name of an error, as S3 gives it: `NoSuchBucket`. */
function codeOf({ text }: Reply): string {
  return /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? "";
}
