import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { KpiError } from "../../src/core/errors.js";
import type { CountContext, SourceTally } from "../../src/core/node.js";
import type { WindowedPipeline } from "../../src/core/pipeline.js";
import type { StoredState } from "../../src/core/state-store.js";
import type { Window } from "../../src/core/window.js";
import { openGrid } from "../../src/pipelines/open-grid.js";
import { readPast } from "../../src/pipelines/read-past.js";
import type { EngineParts, Session } from "../../src/pipelines/session.js";

const grid = await openGrid("1h", "UTC");
const at = (hour: number) => Date.parse("2026-01-01T00:00:00Z") + hour * 3_600_000;
const recent: Window = { start: at(2), end: at(10) };
const tally: SourceTally = { method: "lines", windows: new Map() };

interface Doubles {
  readonly firstHour?: number;
  readonly read?: () => Promise<null>;
  readonly count?: (context: CountContext) => Promise<SourceTally | null>;
}

/** Asks for the past of a pipeline with one source; `asked` are the hours that were counted, from each first one. */
function ask({ firstHour, read = async () => null, count = async () => tally }: Doubles) {
  const asked: number[] = [];
  const counted = async (_: unknown, context: CountContext) => {
    asked.push((context.span.start - at(0)) / 3_600_000);
    return count(context);
  };
  const extract = { role: "extract", id: "points", connection: null, settings: {}, node: { count: counted } };
  const pipeline = { name: "p", stateName: "p", steps: [extract], late: { window: 1, by: "count" } } as unknown as WindowedPipeline;
  const stored = { value: { first_hour: new Date(at(firstHour ?? 0)).toISOString() } } as unknown as StoredState;
  const session = {
    store: { read: async () => (firstHour === undefined ? null : stored) },
    warehouse: { read },
    workspace: { connect: async () => ({ [Symbol.asyncDispose]: async () => undefined }) },
    scratch: "",
  } as unknown as Session;
  const parts = { project: { root: "" } } as EngineParts;
  const question = { grid, definition: "d", range: undefined, recent, signal: new AbortController().signal };
  return { asked, past: readPast(parts, session, pipeline, question) };
}

describe("what is known of earlier runs", () => {
  it("is read while the sources count the recent hours, which are then not asked again", async () => {
    const order: string[] = [];
    const read = async () => {
      await nextTurn();
      order.push("ledger");
      return null;
    };
    const count = async () => {
      order.push("sources");
      return tally;
    };
    const { asked, past } = ask({ firstHour: 0, read, count });
    const { tallies } = await (await past).count(recent);
    expect(order).toEqual(["sources", "ledger"]);
    expect(tallies.get("points")).toBe(tally);
    expect(asked).toEqual([2]);
  });

  it("asks no source of a pipeline that has no state before somebody wants to know", async () => {
    const { asked, past } = ask({});
    const { count } = await past;
    expect(asked).toEqual([]);
    await count(recent);
    expect(asked).toEqual([2]);
  });

  it("counts from the first hour on, and again where the ledger turns out to begin before", async () => {
    const { asked, past } = ask({ firstHour: 5 });
    const { count } = await past;
    await count({ start: at(6), end: at(10) });
    expect(asked).toEqual([5]);
    await count({ start: at(4), end: at(10) });
    expect(asked).toEqual([5, 4]);
  });

  it("says that the ledger cannot be read, after it has stopped the count", async () => {
    let stopped = false;
    const count = ({ signal }: CountContext) =>
      new Promise<null>((_, reject) => {
        signal.addEventListener("abort", () => {
          stopped = true;
          reject(signal.reason);
        });
      });
    const { past } = ask({ firstHour: 0, count, read: () => Promise.reject(new KpiError("WAREHOUSE_HELD", "held")) });
    await expect(past).rejects.toMatchObject({ code: "WAREHOUSE_HELD" });
    expect(stopped).toBe(true);
  });

  it("keeps what the source failed with until it is asked for", async () => {
    const count = () => Promise.reject(new KpiError("SOURCE_UNREACHABLE", "away"));
    const { past } = ask({ firstHour: 0, count });
    const { count: again } = await past;
    await expect(again(recent)).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE" });
  });
});
