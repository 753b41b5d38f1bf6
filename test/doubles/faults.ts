import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { pack } from "../influx/support/pack.js";
import { chunk, head, LAST_CHUNK, reply } from "./influx-double.js";
import { BODIES, BOUNDARY, type Dialect } from "./influx-script.js";

/** A reply that is wrong in one way, and how a run that gets nothing else must end. */
export interface Fault {
  readonly number: number;
  readonly what: string;
  readonly exit: number;
  readonly code: string;
  /** Where a dialect knows less of it. */
  readonly codes?: Partial<Readonly<Record<Dialect, string>>>;
  send(socket: Socket, dialect: Dialect): void;
}

const CHUNKED = { "Transfer-Encoding": "chunked" };
const typed = (dialect: Dialect, headers: Readonly<Record<string, string | number>> = {}) =>
  head("200 OK", { "Content-Type": BODIES[dialect].type, ...headers });
const half = (dialect: Dialect) => BODIES[dialect].body.subarray(0, BODIES[dialect].body.length / 2);

/** A clean end of the chunked framing after a part of the body. */
export function cut(socket: Socket, dialect: Dialect, part: Buffer): void {
  socket.write(typed(dialect, CHUNKED));
  socket.write(chunk(part));
  socket.write(LAST_CHUNK);
}

const ERROR_TABLE = "\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,engine: timeout,897\r\n";
const ERRORS: Readonly<Record<Dialect, Buffer>> = {
  flux: Buffer.from(ERROR_TABLE),
  influxql: pack({ results: [{ statement_id: 0, error: "engine: timeout" }] }),
  sql: Buffer.from('{"error":"engine: timeout"}\n'),
};

/** The ways in which replies were seen to be wrong. */
export const FAULTS: readonly Fault[] = [
  {
    number: 1,
    what: "chunked, half the body, then the socket is closed",
    exit: 69,
    code: "SOURCE_UNREACHABLE",
    send: (socket, dialect) => breakOff(socket, dialect, half(dialect)),
  },
  {
    number: 2,
    what: "a length longer than the body, then closed",
    exit: 69,
    code: "SOURCE_UNREACHABLE",
    send: (socket, dialect) => {
      socket.write(typed(dialect, { "Content-Length": BODIES[dialect].body.length }));
      socket.end(half(dialect));
    },
  },
  {
    number: 3,
    what: "reset in mid-body",
    exit: 69,
    code: "SOURCE_UNREACHABLE",
    send: (socket, dialect) => {
      socket.write(typed(dialect, CHUNKED));
      socket.write(chunk(half(dialect)), () => setTimeout(() => socket.resetAndDestroy(), 20));
    },
  },
  { number: 4, what: "reset before headers", exit: 69, code: "SOURCE_UNREACHABLE", send: (socket) => socket.resetAndDestroy() },
  {
    number: 5,
    what: "silence in mid-body",
    exit: 69,
    code: "SOURCE_TIMEOUT",
    send: (socket, dialect) => {
      socket.write(typed(dialect, CHUNKED));
      socket.write(chunk(half(dialect)));
    },
  },
  { number: 6, what: "no headers at all", exit: 69, code: "SOURCE_TIMEOUT", send: () => undefined },
  {
    number: 7,
    what: "401",
    exit: 77,
    code: "CREDENTIALS_REFUSED",
    send: (socket) =>
      socket.write(reply("401 Unauthorized", "application/json", '{"code":"unauthorized","message":"unauthorized access"}')),
  },
  {
    number: 8,
    what: "429 with Retry-After",
    exit: 69,
    code: "SOURCE_BUSY",
    send: (socket) => socket.write(reply("429 Too Many Requests", "application/json", "{}", { "Retry-After": 0 })),
  },
  {
    number: 9,
    what: "503",
    exit: 69,
    code: "SOURCE_BUSY",
    send: (socket) => socket.write(reply("503 Service Unavailable", "text/plain", "try later")),
  },
  {
    number: 10,
    what: "302",
    exit: 69,
    code: "SOURCE_UNEXPECTED",
    send: (socket) => socket.write(reply("302 Found", "text/html", "", { Location: "https://login.example.org/" })),
  },
  {
    number: 11,
    what: "chunked, ended cleanly in mid-row",
    exit: 65,
    code: "SOURCE_TRUNCATED",
    send: (socket, dialect) => cut(socket, dialect, BODIES[dialect].body.subarray(0, BOUNDARY[dialect] - 5)),
  },
  {
    number: 12,
    what: "chunked, ended cleanly where a row or message ends",
    exit: 65,
    code: "SOURCE_TRUNCATED",
    send: (socket, dialect) => cut(socket, dialect, BODIES[dialect].body.subarray(0, BOUNDARY[dialect])),
  },
  {
    number: 13,
    what: "no length, closed where a row or message ends",
    exit: 65,
    code: "SOURCE_TRUNCATED",
    send: (socket, dialect) => {
      socket.write(typed(dialect, { Connection: "close" }));
      socket.end(BODIES[dialect].body.subarray(0, BOUNDARY[dialect]));
    },
  },
  {
    number: 14,
    what: "rows, then an error",
    exit: 65,
    code: "SOURCE_REFUSED",
    // lines of JSON have no form for an error: it is a row of a column that nobody asked for
    codes: { sql: "SOURCE_MALFORMED" },
    send: (socket, dialect) => cut(socket, dialect, Buffer.concat([BODIES[dialect].body.subarray(0, BOUNDARY[dialect]), ERRORS[dialect]])),
  },
  {
    number: 15,
    what: "200 with a login page",
    exit: 69,
    code: "SOURCE_UNEXPECTED",
    send: (socket) => socket.write(reply("200 OK", "text/html", "<html>log in</html>")),
  },
  {
    number: 16,
    what: "200 with an empty body",
    exit: 65,
    code: "SOURCE_TRUNCATED",
    send: (socket, dialect) => socket.write(reply("200 OK", BODIES[dialect].type, "")),
  },
  {
    number: 17,
    what: "gzip cut in half",
    exit: 65,
    code: "SOURCE_TRUNCATED",
    send: (socket, dialect) => {
      const zipped = gzipSync(BODIES[dialect].body);
      socket.write(typed(dialect, { ...CHUNKED, "Content-Encoding": "gzip" }));
      socket.write(chunk(zipped.subarray(0, zipped.length / 2)));
      socket.write(LAST_CHUNK);
    },
  },
];

/** The reply breaks off after a part of the body. */
export function breakOff(socket: Socket, dialect: Dialect, part: Buffer): void {
  socket.write(typed(dialect, CHUNKED));
  socket.end(chunk(part));
}
