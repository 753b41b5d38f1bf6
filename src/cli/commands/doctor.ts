import { ERRORS } from "../../core/errors.js";
import type { DoctorReport, Finding } from "../../core/finding.js";
import type { Command } from "../command.js";
import { apart, PART } from "../doctor-apart.js";
import { formatFindings } from "../reporters/format-findings.js";

/** `kpi doctor`: whether everything that a run needs is there and works. */
export const doctor: Command = async ({ app, flags, host, output, signal }) => {
  const { env } = host;
  const offline = flags.offline === true;
  const options = { config: flags.config, env, cwd: host.cwd(), now: flags.now ?? (env.KPI_NOW || undefined), scrubber: output, signal };
  const part = env[PART];
  const findings =
    part === "warehouse" || part === "state"
      ? await app.doctorPart(part, { ...options, offline })
      : await app.doctor({ ...options, offline, apart: (which) => apart(which, host, flags, signal) });
  const exit = worst(findings);
  const document: DoctorReport = { schema_version: 1, ok: exit === 0, offline, findings };
  return { document, exit, diagnosis: true, render: (plain: DoctorReport, screen) => formatFindings(plain, screen) };
};

/** What a person has to settle goes before what may pass by itself; of equals, the first. */
function worst(findings: readonly Finding[]): number {
  const codes = findings.flatMap(({ code }) => (code === null ? [] : [code]));
  const code = codes.find((each) => !ERRORS[each].retryable) ?? codes[0];
  return code === undefined ? 0 : ERRORS[code].exit;
}
