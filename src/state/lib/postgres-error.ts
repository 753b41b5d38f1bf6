import { type ErrorCode, KpiError } from "../../core/errors.js";

type Reading = readonly [code: ErrorCode, hint: string];

const UP: Reading = ["SOURCE_UNREACHABLE", "Is the server up, the address in state.url right, the network open?"];
const RIGHTS: Reading = ["CREDENTIALS_REFUSED", "Check the user and password in state.url, and the user's rights on the schema"];
const ROOM: Reading = ["CANNOT_WRITE", "Make room on the server, or write to the primary one"];

/** By SQLSTATE, or by its class. */
const READINGS: Readonly<Record<string, Reading>> = {
  "28": RIGHTS,
  "42501": RIGHTS,
  "3D000": ["SOURCE_NOT_FOUND", "Make the database, or correct its name in state.url"],
  "25006": ROOM,
  "53": ["SOURCE_BUSY", "The server is short of connections or memory"],
  "53100": ROOM,
  "08": UP,
  "57P01": UP,
  "57P02": UP,
  "57P03": UP,
  "57014": ["SOURCE_TIMEOUT", "The server is too slow, or somebody keeps the table locked"],
};

/** What Postgres or the way to it said, as the `KpiError` to throw; its SQLSTATE is the cause's `code`. */
export function postgresError(thrown: unknown): KpiError {
  const { code = "", message } = thrown as { readonly code?: string; readonly message: string };
  const [kind, hint] = readingOf(code, message);
  return new KpiError(kind, `Cannot use Postgres for the state: ${message || code}`, { hint, cause: thrown });
}

function readingOf(code: string, message: string): Reading {
  const known = READINGS[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? READINGS[code.slice(0, 2)] : undefined);
  if (known !== undefined) return known;
  if (/timeout/i.test(message)) return ["SOURCE_TIMEOUT", UP[1]];
  if (/^E[A-Z]+$/.test(code) || /connection terminated|ended unexpectedly/i.test(message)) return UP;
  return ["SOURCE_UNEXPECTED", "The message is the server's own"];
}
