import type { Issue } from "../../config/issue.js";
import type { LoadedProject } from "../../config/load-project.js";
import type { Finding } from "../../core/finding.js";
import { doubtful, good } from "./to-finding.js";

const SUBJECT = { about: "config", name: null } as const;

/** Every error and warning of the configuration; where there is no error, what was read. */
export function checkConfig({ files, project, errors, warnings }: LoadedProject): Finding[] {
  const wrong = errors.map((issue) => ({
    ...SUBJECT,
    level: "error" as const,
    code: "CONFIG_INVALID" as const,
    message: placed(issue),
    hint: issue.hint ?? "docs/config.md tells what may stand there",
  }));
  const odd = warnings.map((issue) => doubtful(SUBJECT, placed(issue), issue.hint ?? "A run does not mind"));
  const read =
    project === null ? [] : [good(SUBJECT, `${files.join(", ")}: ${[...project.pipelines.keys()].join(", ") || "no pipelines"}`)];
  return [...read, ...wrong, ...odd];
}

function placed({ file, line, column, message }: Issue): string {
  return `${file}:${line}:${column} ${message}`;
}
