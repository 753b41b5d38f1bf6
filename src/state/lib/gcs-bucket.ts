import type { ObjectBucket, StoredObject } from "./object-bucket.js";
import { ageOf, type Reply, refusedReply, sendRequest } from "./send-request.js";
import { tryAgain } from "./try-again.js";

export interface GcsSettings {
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint: string;
  /** What the requests carry as `Authorization: Bearer`. */
  token(): Promise<string>;
}

const BOUNDARY = "kpi-state";

/** A folder of a bucket, by requests that are each sent once. Its tags are the objects' generations. */
export class GcsBucket implements ObjectBucket {
  readonly #settings: GcsSettings;

  constructor(settings: GcsSettings) {
    this.#settings = settings;
  }

  address(name: string): string {
    return `gs://${this.#settings.bucket}/${this.#settings.prefix}${name}`;
  }

  async read(name: string): Promise<StoredObject | null> {
    const path = `/storage/v1/b/${this.#settings.bucket}/o/${encodeURIComponent(this.#settings.prefix + name)}?alt=media`;
    const reply = await tryAgain(() => this.#send(name, path));
    if (reply.status === 404 && !isBucketMissing(reply)) return null;
    if (reply.status !== 200) throw refusedReply(this.address(name), reply, "");
    return { text: reply.text, tag: reply.headers.get("x-goog-generation") ?? "", age: ageOf(reply.headers) };
  }

  /** By a multipart upload: its condition is looked at when the whole of it is there. */
  async write(name: string, text: string, tag: string | null): Promise<string | null> {
    const query = new URLSearchParams({ uploadType: "multipart", ifGenerationMatch: tag ?? "0", fields: "generation" });
    const parts = [JSON.stringify({ name: this.#settings.prefix + name }), text];
    const body = `${parts.map((part) => `--${BOUNDARY}\r\ncontent-type: application/json\r\n\r\n${part}\r\n`).join("")}--${BOUNDARY}--\r\n`;
    const headers = { "content-type": `multipart/related; boundary=${BOUNDARY}` };
    const reply = await this.#send(name, `/upload/storage/v1/b/${this.#settings.bucket}/o?${query}`, { method: "POST", headers, body });
    if (reply.status === 200) return (JSON.parse(reply.text) as { generation: string }).generation;
    if (reply.status === 412 || (reply.status === 404 && tag !== null && !isBucketMissing(reply))) return null;
    throw refusedReply(this.address(name), reply, "");
  }

  async list(): Promise<string[]> {
    const { bucket, prefix } = this.#settings;
    const names: string[] = [];
    for (let pageToken: string | undefined = ""; pageToken !== undefined; ) {
      const query = new URLSearchParams({ prefix, fields: "items(name),nextPageToken", pageToken });
      const reply = await tryAgain(() => this.#send("", `/storage/v1/b/${bucket}/o?${query}`));
      if (reply.status !== 200) throw refusedReply(this.address(""), reply, "");
      const page = JSON.parse(reply.text) as { readonly items?: readonly { readonly name: string }[]; readonly nextPageToken?: string };
      names.push(...(page.items ?? []).map((item) => item.name.slice(prefix.length)));
      pageToken = page.nextPageToken || undefined;
    }
    return names;
  }

  async #send(name: string, path: string, init: RequestInit = {}): Promise<Reply> {
    const headers = { ...init.headers, authorization: `Bearer ${await this.#settings.token()}` };
    return sendRequest(this.address(name), new Request(`${this.#settings.endpoint}${path}`, { ...init, headers }));
  }
}

/** What is not there is told in the same way, whichever of the two it is, but for the words. */
function isBucketMissing({ text }: Reply): boolean {
  return /bucket does not exist/i.test(text);
}
