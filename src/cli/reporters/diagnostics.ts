import { inspect } from "node:util";
import type { KpiError, Place } from "../../core/errors.js";
import type { ErrorReport } from "../../core/reports.js";
import type { Issue } from "../app.js";
import type { Paint } from "../colour.js";
import { toErrorReport } from "../error-report.js";
import type { Flags } from "../grammar/flags.js";
import { nextStep } from "../next-step.js";
import type { Output } from "../output.js";
import { mapStrings } from "../text/map-strings.js";
import { plainText } from "../text/plain-text.js";
import { formatError } from "./format-error.js";

/** What is said on stderr besides a run's events: for a person, or as JSON lines with `--events`. */
export interface Diagnostics {
  note(text: string): void;
  warning(issue: Issue): void;
  /** Something outside of the configuration that was found, and mended. */
  found(code: string, message: string): void;
  issue(issue: Issue): void;
  error(error: KpiError, command: string): void;
}

interface Voice {
  readonly output: Output;
  readonly flags: Flags;
  readonly paint: Paint;
  readonly debug: boolean;
}

export function openDiagnostics({ output, flags, paint, debug }: Voice): Diagnostics {
  return flags.events === true ? eventLines(output) : textLines({ output, flags, paint, debug });
}

function eventLines(output: Output): Diagnostics {
  const say = (type: string, data: object) => output.sayEvent({ v: 1, ts: new Date().toISOString(), type, data });
  return {
    note: (message) => say("log", { message }),
    warning: (issue) => say("warning", { code: "CONFIG", ...issue }),
    found: (code, message) => say("warning", { code, message }),
    issue: (issue) => say("error", { code: "CONFIG_INVALID", ...issue }),
    error: (error) => say("error", toErrorReport(error)),
  };
}

function textLines({ output, flags, paint, debug }: Voice): Diagnostics {
  const sayIssue = (head: string, issue: Issue) => output.say(formatIssue(head, mapStrings(issue, plainText)));
  return {
    note: (text) => (flags.quiet === true ? undefined : output.say(`${plainText(text)}\n`)),
    warning: (issue) => sayIssue(paint.yellow("warning:"), issue),
    found: (_, message) => output.say(`${paint.yellow("warning:")} ${plainText(message)}\n`),
    issue: (issue) => sayIssue(paint.red("error:"), issue),
    error(error, command) {
      const report = mapStrings({ ...toErrorReport(error), message: formatPlace(error.place) + error.message }, plainText) as ErrorReport;
      output.say(formatError(report, paint, nextStep(report, command)));
      if (debug) output.say(`${plainText(inspect(error))}\n`);
    },
  };
}

function formatIssue(head: string, { message, hint, ...place }: Issue): string {
  return `${head} ${formatPlace(place)}${message}\n${hint ? `  ${hint}\n` : ""}`;
}

function formatPlace(place: { [Key in keyof Place]?: Place[Key] | null | undefined } | undefined): string {
  if (!place?.file) return "";
  return `${[place.file, place.line, place.column].filter((part) => part != null).join(":")} `;
}
