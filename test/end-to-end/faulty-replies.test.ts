import type { Socket } from "node:net";
import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breakOff, cut, FAULTS } from "../doubles/faults.js";
import { type Answer, type Double, reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, BOUNDARY, type Dialect, ROWS, scripted } from "../doubles/influx-script.js";
import { runOneHour } from "../support/one-hour.js";

const POSITIONS = 24;
/** So many runs go on at once: most of them wait for a silent server. */
const AT_ONCE = 4;
const SPEAKING: readonly Dialect[] = ["influxql", "flux", "sql"];

/** What the server answers to the query for data, time after time (the last one for good), and how the run must end. */
interface Case {
  readonly name: string;
  readonly dialect: Dialect;
  readonly sends: readonly ((socket: Socket) => void)[];
  readonly exit: number;
}

function whole(socket: Socket, dialect: Dialect): void {
  socket.write(reply("200 OK", BODIES[dialect].type, BODIES[dialect].body));
}

/** Cuts of the body all over it, the last behind its end, by turns ended well and broken off. */
function cuts(dialect: Dialect): Case[] {
  const { body } = BODIES[dialect];
  const even = Array.from({ length: POSITIONS - 1 }, (_, index) => Math.floor(((index + 1) * body.length) / (POSITIONS - 1)));
  return [BOUNDARY[dialect], ...even].map((at, index) => {
    const part = body.subarray(0, at);
    const ends = index % 2 === 0 || at === body.length;
    const send = (socket: Socket) => (ends ? cut : breakOff)(socket, dialect, part);
    const exit = at === body.length ? 0 : ends ? 65 : 69;
    return { name: `${dialect} ${ends ? "ended" : "broken off"} after ${at} of ${body.length} bytes`, dialect, sends: [send], exit };
  });
}

function alone(dialect: Dialect): Case[] {
  return FAULTS.map(({ number, what, exit, send }) => ({
    name: `${dialect} ${number}: ${what}`,
    dialect,
    sends: [(socket) => send(socket, dialect)],
    exit,
  }));
}

/** Faults one after the other; those that may pass are tried again, up to one that may not, or to a whole reply. */
function sequences(dialect: Dialect): Case[] {
  const lists: readonly (readonly [exit: number, ...numbers: number[]])[] = [
    [0, 1, 8, 12],
    [0, 3, 9, 17],
    [0, 5, 11, 16],
    [0, 2, 13, 4],
    [77, 8, 7],
    [65, 9, 14],
    [69, 17, 15],
  ];
  return lists.map(([exit, ...numbers]) => {
    const faults = numbers.map((number) => FAULTS.find((fault) => fault.number === number));
    const sends = faults.map((fault) => (socket: Socket) => fault?.send(socket, dialect));
    if (exit === 0) sends.push((socket) => whole(socket, dialect));
    return { name: `${dialect} ${numbers.join(", then ")}`, dialect, sends, exit };
  });
}

const CASES = SPEAKING.flatMap((dialect) => [...cuts(dialect), ...alone(dialect), ...sequences(dialect)]);

/** The scripts of all cases behind one address, each below a path of its own. */
function byPath(cases: readonly Case[]): Answer {
  const scripts = cases.map(({ dialect, sends }) =>
    scripted(dialect, (socket, times) => sends[Math.min(times, sends.length - 1)]?.(socket)),
  );
  return (socket, asked) => {
    const [, number = "", ...path] = asked.url.pathname.split("/");
    const url = new URL(`/${path.join("/")}${asked.url.search}`, asked.url);
    scripts[Number(number)]?.(socket, { ...asked, url });
  };
}

const run = (url: string, retries: number) =>
  runOneHour(`url: "${url}", org: o, token: t, timeout: 1s, deadline: 20s, retries: ${retries}`);

describe("a run of kpi whose source is at fault", () => {
  let double: Double;
  const runs: Promise<Awaited<ReturnType<typeof run>>>[] = [];
  beforeAll(async () => {
    double = await startDouble(byPath(CASES));
    const limit = pLimit(AT_ONCE);
    for (const [index, { sends }] of CASES.entries()) runs.push(limit(() => run(`${double.url}/${index}`, sends.length > 1 ? 3 : 0)));
    // a run that fails is its own test's matter
    await Promise.allSettled(runs);
  }, 360_000);
  afterAll(() => double[Symbol.asyncDispose]());

  it.each(CASES.map(({ name, exit }, index) => ({ name, exit, index })))("ends with $exit: $name", async ({ exit, index }) => {
    const report = await runs[index];
    expect(report).toMatchObject({ code: exit, ok: exit === 0 });
    expect(report?.stderr).not.toMatch(/\n\s+at .*:\d+/);
    const windows = report?.windows.map(({ status, source_rows, rows }) => ({ status, source_rows, rows }));
    if (exit === 0) expect(windows).toEqual([{ status: "loaded", source_rows: ROWS, rows: 1 }]);
    // an error of the world marks nothing; one of the data marks its window
    else expect(windows).toEqual(exit === 65 ? [{ status: "failed", source_rows: 0, rows: 0 }] : []);
  });
});
