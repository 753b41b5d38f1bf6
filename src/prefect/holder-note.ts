import type { PrefectClient } from "./prefect-client.js";

/** Who holds a lease. Prefect itself knows no names; a variable beside the limit tells them, and by its age that the holder still lives. */
export interface HolderNote {
  readonly id: string;
  readonly owner: string;
  /** RFC 3339, or empty. */
  readonly since: string;
  /** When it was last renewed, by the server's clock. */
  readonly updated: string;
  /** How long ago that was, in ms. */
  readonly age: number;
}

interface Variable {
  readonly id: string;
  readonly value: unknown;
  readonly updated: string;
}

export type NoteText = Pick<HolderNote, "owner" | "since">;

export class HolderNotes {
  readonly #client: PrefectClient;

  constructor(client: PrefectClient) {
    this.#client = client;
  }

  async read(name: string): Promise<HolderNote | null> {
    const { status, body, now } = await this.#client.ask({ method: "GET", path: `/variables/name/${name}`, answers: [404] });
    if (status === 404) return null;
    const { id, value, updated } = body as Variable;
    const { owner, since } = (typeof value === "object" && value !== null ? value : {}) as Partial<NoteText>;
    return { id, owner: String(owner ?? "somebody"), since: String(since ?? ""), updated, age: now - Date.parse(updated) };
  }

  /** Leaves a note unless there is one. */
  async leave(name: string, value: NoteText): Promise<void> {
    await this.#client.ask({ method: "POST", path: "/variables/", body: { name, value, tags: ["kpi"] }, answers: [409] });
  }

  /** Puts a note in the place of whatever is there, and gives its id. */
  async put(name: string, value: NoteText): Promise<string> {
    for (;;) {
      const made = await this.#client.ask({ method: "POST", path: "/variables/", body: { name, value, tags: ["kpi"] }, answers: [409] });
      if (made.status !== 409) return (made.body as Variable).id;
      const other = await this.read(name);
      if (other !== null && (await this.renew(other.id, value))) return other.id;
    }
  }

  /** False where it was taken away. */
  async renew(id: string, value: NoteText): Promise<boolean> {
    return (await this.#client.ask({ method: "PATCH", path: `/variables/${id}`, body: { value }, answers: [404] })).status !== 404;
  }

  /** True for the one who took it away. */
  async take(id: string): Promise<boolean> {
    return (await this.#client.ask({ method: "DELETE", path: `/variables/${id}`, answers: [404] })).status !== 404;
  }
}
