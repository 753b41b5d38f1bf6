import assert from "node:assert/strict";
import type { Loader } from "../../src/core/node.js";
import { timestampLiteral } from "../../src/core/sql.js";
import { hours, type InputQuery, openStepHarness, type StepHarness } from "../support/step-harness.js";

export interface LoaderSubject {
  readonly node: Loader;
  readonly settings: unknown;
  /** What is published by now, as text in an order of its own: the windows' start and `id` in each row. */
  published(harness: StepHarness): Promise<readonly string[]>;
}

type Window = ReturnType<typeof hours>[number];
const windows = hours("2026-01-01T10:00:00Z", 2);
const [ten, eleven] = windows as [Window, Window];
const ROWS: InputQuery = {
  windowed: true,
  sql: `select * from (values (timestamptz '2026-01-01 10:00:00Z', 'a', 1.5::double), (timestamptz '2026-01-01 10:00:00Z', 'b', 2.5),
    (timestamptz '2026-01-01 11:00:00Z', 'c', null)) as t(window_start, id, co)`,
};
const OTHER: InputQuery = { windowed: true, sql: "select timestamptz '2026-01-01 10:00:00Z' as window_start, 'd' as id, 4::double as co" };

function only({ sql }: InputQuery, ...kept: readonly Window[]): InputQuery {
  const starts = kept.map(({ start }) => timestampLiteral(start)).join(", ") || "null";
  return { windowed: true, sql: `select * from (${sql}) where window_start in (${starts})` };
}

/** What holds for every loader. */
export const loaderContract: Readonly<Record<string, (subject: LoaderSubject) => Promise<void>>> = {
  "publishes the rows of its windows, and says how many": (subject) =>
    loading(subject, async (load, published) => {
      const { rows } = await load(ROWS, windows);
      assert.deepEqual([rows.get(ten.start), rows.get(eleven.start)], [2, 1]);
      for (const id of ["a", "b", "c"]) assert.ok((await published()).some((row) => row.includes(id)));
    }),
  "publishes twice what it publishes once": (subject) =>
    loading(subject, async (load, published) => {
      await load(ROWS, windows);
      const once = await published();
      await load(ROWS, windows);
      assert.deepEqual(await published(), once);
    }),
  "publishes together what it publishes window by window": (subject) =>
    loading(subject, async (load, published) => {
      await load(ROWS, windows);
      const together = await published();
      for (const window of windows) await load(only(OTHER, window), [window]);
      for (const window of windows) await load(only(ROWS, window), [window]);
      assert.deepEqual(await published(), together);
    }),
  "replaces a window's rows, and leaves other windows alone": (subject) =>
    loading(subject, async (load, published) => {
      await load(ROWS, windows);
      await load(OTHER, [ten]);
      const rows = (await published()).join();
      assert.deepEqual(
        ["a", "b", "c", "d"].filter((id) => rows.includes(`"${id}"`)),
        ["c", "d"],
      );
    }),
  "leaves nothing of a window where nothing came": (subject) =>
    loading(subject, async (load, published) => {
      await load(ROWS, windows);
      await load(null, [ten]);
      await load(only(ROWS), [eleven]);
      assert.deepEqual(
        (await published()).filter((row) => /"[abc]"/.test(row)),
        [],
      );
    }),
  "has nothing to remove where nothing was": (subject) =>
    loading(subject, async (load, published) => {
      await load(null, windows);
      assert.deepEqual(await published(), []);
    }),
  "commits nothing by itself inside a transaction": (subject) =>
    loading(subject, async (load, published, harness) => {
      if (subject.node.commit !== "inside") return;
      await load(ROWS, windows);
      const before = await published();
      const failed = harness.warehouse.publish(async ({ db, catalog }) => {
        await harness.loadOn(db, catalog, subject.node, subject.settings, OTHER, [ten]);
        throw new Error("the ledger could not be written");
      });
      await assert.rejects(failed, /the ledger could not be written/);
      assert.deepEqual(await published(), before);
    }),
};

type Load = (input: InputQuery | null, windows: readonly Window[]) => ReturnType<StepHarness["load"]>;
type Work = (load: Load, published: () => Promise<readonly string[]>, harness: StepHarness) => Promise<void>;

async function loading({ node, settings, published }: LoaderSubject, work: Work): Promise<void> {
  await using harness = await openStepHarness();
  await work(
    (input, into) => harness.load(node, settings, input, into),
    () => published(harness),
    harness,
  );
}
