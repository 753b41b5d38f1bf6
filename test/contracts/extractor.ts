import assert from "node:assert/strict";
import { KpiError } from "../../src/core/errors.js";
import type { Extractor, SourceTally } from "../../src/core/node.js";
import { toSpan, type Window } from "../../src/core/window.js";
import { rowText } from "../support/row-text.js";
import { type Extracted, openStepHarness, type StepHarness } from "../support/step-harness.js";

export interface ExtractorSubject {
  readonly node: Extractor;
  readonly settings: unknown;
  /** How many rows there are in the windows. */
  readonly rows: number;
  readonly windows: readonly Window[];
  /** A window in which there is nothing. */
  readonly empty: Window;
  /** Settings for which the source has no good answer. */
  readonly broken: unknown;
  /** Makes the source; resolves to the connection the step is handed, where it has one, and to what ends the source. */
  prepare(harness: StepHarness): Promise<Source>;
}

export interface Source {
  readonly connection?: unknown;
  close?(): PromiseLike<unknown>;
}

type Extract = (settings: unknown, windows: readonly Window[], signal?: AbortSignal) => Promise<Extracted>;

/** What holds for every extractor. */
export const extractorContract: Readonly<Record<string, (subject: ExtractorSubject) => Promise<void>>> = {
  "gives the rows that are there": (subject) =>
    extracting(subject, async (extract) => {
      assert.equal((await extract(subject.settings, subject.windows)).rows.length, subject.rows);
    }),
  "gives the same when it is asked again": (subject) =>
    extracting(subject, async (extract) => {
      assert.deepEqual(text(await extract(subject.settings, subject.windows)), text(await extract(subject.settings, subject.windows)));
    }),
  "gives for a span what it gives window by window": (subject) =>
    extracting(subject, async (extract) => {
      if (timeOf(subject) !== "window") return;
      const single: string[] = [];
      for (const window of subject.windows) single.push(...text(await extract(subject.settings, [window])));
      assert.deepEqual(text(await extract(subject.settings, subject.windows)), single.sort());
    }),
  "gives no rows, and the same columns, where nothing is": (subject) =>
    extracting(subject, async (extract) => {
      if (timeOf(subject) !== "window") return;
      const { rows, columns } = await extract(subject.settings, [subject.empty]);
      assert.deepEqual(rows, []);
      assert.deepEqual(columns, (await extract(subject.settings, subject.windows)).columns);
    }),
  "names a column of moments exactly where its rows belong to windows": (subject) =>
    extracting(subject, async (extract) => {
      const { columns, extraction } = await extract(subject.settings, subject.windows);
      const type = columns.find(({ name }) => name === extraction.time)?.type;
      assert.equal(type, timeOf(subject) === "window" ? "TIMESTAMP WITH TIME ZONE" : undefined);
      assert.equal(extraction.time === null, timeOf(subject) !== "window");
    }),
  "counts by columns that it has": (subject) =>
    extracting(subject, async (extract) => {
      const { columns, extraction } = await extract(subject.settings, subject.windows);
      for (const counted of extraction.counted ?? []) assert.ok(columns.some(({ name }) => name === counted));
    }),
  "counts of each window what it reads there, where it counts": async (subject) => {
    const { node, windows, settings } = subject;
    if (node.count === undefined || timeOf(subject) !== "window") return;
    await using harness = await openStepHarness();
    const { connection, close } = await subject.prepare(harness);
    try {
      await using db = await harness.workspace.connect();
      const span = toSpan(windows);
      const context = { ...harness.context(db, { span, connection }), span, sums: false, exact: true };
      const tally: SourceTally | null = await node.count(node.config.parse(settings), context);
      if (tally === null) return;
      for (const window of windows) {
        const fields: [string, { readonly count: number }][] = Object.entries(tally.windows.get(window.start) ?? {});
        const read = await harness.extract(node, settings, { span: toSpan([window]), connection });
        assert.deepEqual(Object.fromEntries(fields.map(([name, { count }]) => [name, count])), valuesOf(read, window));
      }
    } finally {
      await close?.();
    }
  },
  "ends soon after the run is stopped": (subject) =>
    extracting(subject, async (extract) => {
      const controller = new AbortController();
      const ended = extract(subject.settings, subject.windows, controller.signal).then(
        () => true,
        () => true,
      );
      controller.abort(new KpiError("INTERRUPTED", "Cannot finish: the run was stopped"));
      const late = new Promise((resolve) => setTimeout(resolve, 1_000, false).unref());
      assert.ok(await Promise.race([ended, late]));
    }),
  "says as a KpiError what it could not read": (subject) =>
    extracting(subject, async (extract) => {
      await assert.rejects(extract(subject.broken, subject.windows), (thrown) => {
        assert.ok(thrown instanceof KpiError);
        assert.match(thrown.code, /^(SOURCE_\w+|CREDENTIALS_REFUSED|STEP_FAILED|CONFIG_INVALID)$/);
        assert.match(thrown.message, /[^.]$/);
        return true;
      });
    }),
};

async function extracting(subject: ExtractorSubject, work: (extract: Extract) => Promise<void>): Promise<void> {
  await using harness = await openStepHarness();
  const { connection, close } = await subject.prepare(harness);
  try {
    await work((settings, windows, signal) =>
      harness.extract(subject.node, settings, { span: toSpan(windows), connection, ...(signal === undefined ? {} : { signal }) }),
    );
  } finally {
    await close?.();
  }
}

/** How many values came of each column that is counted; of rows where rows are. */
function valuesOf({ extraction, rows }: Extracted, { start }: Window): Record<string, number> {
  const counts = Object.entries(extraction.counts?.get(start) ?? {});
  if (extraction.counts !== undefined) return Object.fromEntries(counts.map(([name, { values }]) => [name, values]));
  if (extraction.counted === null) return { rows: rows.length };
  return Object.fromEntries(extraction.counted.map((name) => [name, rows.filter((row) => row[name] !== null).length]));
}

function timeOf({ node, settings }: ExtractorSubject): string {
  return node.time(node.config.parse(settings));
}

function text({ rows }: Extracted): string[] {
  return rows.map(rowText).sort();
}
