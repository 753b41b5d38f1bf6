import type { RunEvent } from "../../core/events.js";
import { formatCount, formatElapsed } from "../text/format.js";
import { plainText } from "../text/plain-text.js";

/** Follows a run and says at any moment in one line how far it has come. `elapsed` gives milliseconds that only grow. */
export class Progress {
  readonly #elapsed: () => number;
  #pipeline = "";
  #total = 0;
  #start = 0;
  #done = 0;
  #window = "";
  #step = "";
  #stepStart = 0;
  #rows = 0;

  constructor(elapsed: () => number = () => performance.now()) {
    this.#elapsed = elapsed;
  }

  update(event: RunEvent): void {
    if (event.type === "run:start") {
      this.#pipeline = event.pipeline;
      this.#total = event.data.windows;
      this.#start = this.#elapsed();
    } else if (event.type === "span:start") this.#window = event.data.start;
    else if (event.type === "window:end") this.#done += 1;
    else if (event.type === "step:start") this.#begin(event.step ?? "");
    else if (event.type === "step:progress") this.#advance(event.step ?? "", event.data.rows ?? 0);
  }

  /** `pipeline-horario  3/48 windows, 2/s, 23 s left  2026-01-01T11:00:00Z  co: 34,000 rows, 120,000/s`. */
  text(): string {
    const windows = this.#total > 0 ? `${formatCount(this.#done)}/${formatCount(this.#total)} windows${this.#pace()}` : "";
    return plainText([this.#pipeline, windows, this.#window, this.#stepText()].filter((part) => part !== "").join("  "));
  }

  /** How fast, and how long still; nothing before there is something to reckon with. */
  #pace(): string {
    const elapsed = this.#elapsed() - this.#start;
    const left = this.#total - this.#done;
    if (this.#done === 0 || left <= 0 || elapsed < 1_000) return "";
    const rate = (this.#done / elapsed) * 1_000;
    return `, ${rate < 10 ? rate.toFixed(1) : formatCount(rate)}/s, ${formatElapsed((left / rate) * 1_000)} left`;
  }

  #begin(step: string): void {
    this.#step = step;
    this.#stepStart = this.#elapsed();
    this.#rows = 0;
  }

  #advance(step: string, rows: number): void {
    if (step !== this.#step) this.#begin(step);
    this.#rows = rows;
  }

  #stepText(): string {
    const seconds = (this.#elapsed() - this.#stepStart) / 1_000;
    if (this.#step === "" || this.#rows === 0) return this.#step;
    const rate = seconds > 0.5 ? `, ${formatCount(this.#rows / seconds)}/s` : "";
    return `${this.#step}: ${formatCount(this.#rows)} rows${rate}`;
  }
}
