import { open } from "node:fs/promises";
import { join } from "node:path";
import type { RunEvent } from "../core/events.js";

export const EVENTS_FILE = "events.ndjson";
const CHUNK = 1 << 20;

/** Reads a run's events, and later those that have come since. A last line that is torn is left until it is whole. */
export class EventReader {
  readonly #path: string;
  #offset = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(folder: string) {
    this.#path = join(folder, EVENTS_FILE);
  }

  /** Whole events not yet given; none where there is no file. */
  async next(): Promise<RunEvent[]> {
    const file = await open(this.#path, "r").catch(() => null);
    if (file === null) return [];
    const events: RunEvent[] = [];
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, this.#offset);
        if (bytesRead === 0) return events;
        this.#offset += bytesRead;
        for (const event of this.#take(buffer.subarray(0, bytesRead))) events.push(event);
      }
    } finally {
      await file.close();
    }
  }

  #take(bytes: Buffer): RunEvent[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf(0x0a) + 1;
    this.#rest = all.subarray(end);
    return all.toString("utf8", 0, end).split("\n").flatMap(parseEvent);
  }
}

/** A line that a full disk or a kill has torn is no event. */
function parseEvent(line: string): RunEvent[] {
  try {
    const value = JSON.parse(line) as RunEvent | null;
    return typeof value?.type === "string" && typeof value.data === "object" ? [value] : [];
  } catch {
    return [];
  }
}
