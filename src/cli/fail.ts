import type { KpiError } from "../core/errors.js";
import type { Issue } from "./app.js";
import type { CommandLine } from "./command-line.js";
import { toErrorReport } from "./error-report.js";
import { openFace } from "./face.js";
import { commandPath } from "./grammar/command-path.js";

/** Tells an error that ends the command: on stderr, and with `--json` as the one document on stdout. Gives the exit status. */
export async function fail(line: CommandLine, error: KpiError, issues: readonly Issue[] = []): Promise<number> {
  const { flags, diagnostics } = await openFace(line);
  diagnostics.error(error, commandPath(line.argv));
  const found = issues.length > 0 ? { issues } : {};
  if (flags.json) line.output.document({ ok: false, schema_version: 1, error: toErrorReport(error), ...found });
  return error.exit;
}
