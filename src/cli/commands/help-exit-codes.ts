import { ERRORS } from "../../core/errors.js";
import type { Command } from "../command.js";
import { PENDING } from "../perform.js";
import { formatTable } from "../text/table.js";

interface ExitCode {
  readonly exit: number;
  readonly code: string | null;
  readonly meaning: string;
  readonly retryable: boolean;
}

const BESIDE_ERRORS: readonly ExitCode[] = [
  { exit: 0, code: null, meaning: "Done; also when nothing was due", retryable: false },
  { exit: 1, code: null, meaning: "Some windows failed; the others are safe", retryable: true },
  { exit: PENDING, code: null, meaning: "Only with plan --detailed-exitcode: there is something to do", retryable: false },
];

/** `kpi help exit-codes`: every exit status with the error codes that lead to it. */
export const helpExitCodes: Command = async () => {
  const errors = Object.entries(ERRORS).map(([code, { exit, meaning, retryable }]) => ({ exit, code, meaning, retryable }));
  const document = { ok: true, exit_codes: [...BESIDE_ERRORS, ...errors].sort((a, b) => a.exit - b.exit) };
  return { document, render: (plain: typeof document, { width }) => format(plain.exit_codes, width) };
};

function format(codes: readonly ExitCode[], width: number): string {
  const rows = codes.map(({ exit, code, meaning, retryable }) => [String(exit), code ?? "", retryable ? "yes" : "", meaning]);
  return formatTable([{ head: "exit", align: "right" }, { head: "code" }, { head: "again?" }, { head: "meaning" }], rows, width);
}
