import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { KpiError } from "../core/errors.js";
import type { Emit, EventListener, RunEvent } from "../core/events.js";
import { type Clock, toIso } from "../core/time.js";
import { RUN_FILE, type RunFile } from "./run-file.js";

/** Five progress events a second and step are as many as anybody can read. */
const PROGRESS_INTERVAL = 200;

export interface RunLogOptions {
  readonly run: string;
  readonly pipeline: string;
  /** `.kpi/runs/<id>`, absolute; made here. */
  readonly folder: string;
  readonly clock: Clock;
  /** Whose run it is, for those who look whether it is alive. */
  readonly process: unknown;
  readonly listeners: readonly EventListener[];
  /** Takes secrets out of what is written: a source may have echoed them. */
  scrub(text: string): string;
}

/** Numbers a run's events, appends them to `events.ndjson` and hands them to the listeners. */
export class RunLog {
  readonly #options: RunLogOptions;
  #file: number | null;
  #seq = 0;
  readonly #lastProgress = new Map<string, number>();

  /** Throws CANNOT_WRITE where the run's folder cannot be made. */
  constructor(options: RunLogOptions) {
    this.#options = options;
    try {
      mkdirSync(options.folder, { recursive: true });
      const { pipeline, process, clock } = options;
      const file: RunFile = { pipeline, started: toIso(clock.now()), process };
      writeFileSync(join(options.folder, RUN_FILE), JSON.stringify(file));
      this.#file = openSync(join(options.folder, "events.ndjson"), "a");
    } catch (thrown) {
      throw new KpiError("CANNOT_WRITE", `Cannot write the run's events in "${options.folder}": ${(thrown as Error).message}`, {
        cause: thrown,
      });
    }
  }

  readonly emit: Emit = (type, data, of = {}) => {
    if (type === "step:progress" && this.#tooSoon(of.step ?? "")) return;
    const { run, pipeline, clock } = this.#options;
    this.#seq += 1;
    const event = { v: 1, seq: this.#seq, ts: toIso(clock.now()), run, pipeline, ...of, type, data } as RunEvent;
    this.#append(event);
    for (const listener of this.#options.listeners) listener(event);
  };

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #tooSoon(step: string): boolean {
    const now = performance.now();
    if (now - (this.#lastProgress.get(step) ?? Number.NEGATIVE_INFINITY) < PROGRESS_INTERVAL) return true;
    this.#lastProgress.set(step, now);
    return false;
  }

  /** A full disk must not undo what was committed: the file ends here, the listeners are told. */
  #append(event: RunEvent): void {
    if (this.#file === null) return;
    try {
      const { scrub } = this.#options;
      writeSync(this.#file, `${JSON.stringify(event, (_, value) => (typeof value === "string" ? scrub(value) : value))}\n`);
    } catch (thrown) {
      this.close();
      this.emit("warning", { code: "CANNOT_WRITE", message: `The run's events can no longer be written: ${(thrown as Error).message}` });
    }
  }
}
