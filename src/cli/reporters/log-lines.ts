import type { RunEvent } from "../../core/events.js";
import type { Paint } from "../colour.js";
import { formatElapsed } from "../text/format.js";
import { createRunLines } from "./run-lines.js";

interface LogLines {
  /** What an event adds, every line of it with the event's time. */
  line(event: RunEvent): string;
  /** What is to be said after the last one. */
  end(): string;
}

/** Makes lines of a run's events, all of it that a person reads. */
export function createLogLines(paint: Paint): LogLines {
  const lines = createRunLines("steps", paint);
  let last: RunEvent | null = null;
  const stamp = (event: RunEvent, text: string) => text.replace(/^(?=.)/gm, `${paint.dim(event.ts)}  `);
  return {
    line(event) {
      last = event;
      return stamp(event, lines(event) + (event.type === "run:end" ? formatEnd(event.data, paint) : ""));
    },
    end() {
      if (last?.type === "run:end") return "";
      return last === null ? "The run has written no events\n" : "The run has written no more than this\n";
    },
  };
}

function formatEnd({ report, error }: Extract<RunEvent, { type: "run:end" }>["data"], paint: Paint): string {
  const elapsed = formatElapsed(report.ms);
  if (error === null) return `${paint.green("✔")} ended after ${elapsed}\n`;
  return `${paint.red("✖")} ended after ${elapsed}: ${error.message} ${paint.dim(`(${error.code})`)}\n`;
}
