import assert from "node:assert/strict";
import { KpiError } from "../../src/core/errors.js";
import type { Transformer } from "../../src/core/node.js";
import { toSpan, type Window } from "../../src/core/window.js";
import { rowText } from "../support/row-text.js";
import { type InputQuery, openStepHarness, type Relation, type StepHarness } from "../support/step-harness.js";

type Inputs = Readonly<Record<string, InputQuery>>;
type Relations = ReadonlyMap<string, Relation>;

export interface TransformerSubject {
  readonly node: Transformer;
  readonly settings: unknown;
  /** Inputs with rows in some of the windows, others perhaps without windows. */
  readonly inputs: Inputs;
  readonly windows: readonly Window[];
  /** Settings that fit the schema but not the inputs. */
  readonly broken: unknown;
}

/** What holds for every transformer. */
export const transformerContract: Readonly<Record<string, (subject: TransformerSubject) => Promise<void>>> = {
  "makes rows of rows": async (subject) => {
    await using harness = await openStepHarness();
    const relations = await transform(harness, subject);
    assert.ok([...relations.values()].some(({ rows }) => rows.length > 0));
  },
  "gives the same when it is run again": async (subject) => {
    await using harness = await openStepHarness();
    assert.deepEqual(text(await transform(harness, subject)), text(await transform(harness, subject)));
  },
  "gives for a span what it gives window by window": async (subject) => {
    await using harness = await openStepHarness();
    if (!subject.node.spans(subject.node.config.parse(subject.settings))) return;
    const single: string[] = [];
    for (const window of subject.windows) single.push(...text(await transform(harness, { ...subject, windows: [window] })));
    assert.deepEqual(text(await transform(harness, subject)), single.sort());
  },
  "gives no rows, and the same columns, for no rows": async (subject) => {
    await using harness = await openStepHarness();
    const inputs = Object.entries(subject.inputs).map(([alias, { sql, ...rest }]) => [
      alias,
      { ...rest, sql: `select * from (${sql}) where false` },
    ]);
    const [full, empty] = [await transform(harness, subject), await transform(harness, { ...subject, inputs: Object.fromEntries(inputs) })];
    for (const [port, { columns, rows }] of empty) {
      assert.deepEqual(rows, []);
      if (full.has(port)) assert.deepEqual(columns, full.get(port)?.columns);
    }
  },
  "keeps window_start in a span, and in a window gives none": async (subject) => {
    await using harness = await openStepHarness();
    const spans = subject.node.spans(subject.node.config.parse(subject.settings));
    for (const { columns } of (await transform(harness, subject)).values())
      assert.equal(columns.find(({ name }) => name === "window_start")?.type, spans ? "TIMESTAMP WITH TIME ZONE" : undefined);
  },
  "leaves nothing behind in the workspace": async (subject) => {
    await using harness = await openStepHarness();
    await transform(harness, subject);
    await using db = await harness.workspace.connect();
    assert.deepEqual(await db.rows("select table_name from duckdb_tables() where not regexp_full_match(table_name, 't\\d+')"), []);
  },
  "says as a KpiError what it could not do": async (subject) => {
    await using harness = await openStepHarness();
    await assert.rejects(transform(harness, { ...subject, settings: subject.broken }), (thrown) => {
      assert.ok(thrown instanceof KpiError);
      assert.match(thrown.code, /^(STEP_FAILED|CONFIG_INVALID)$/);
      assert.match(thrown.message, /^Cannot [\s\S]*[^.]$/);
      return true;
    });
  },
};

/** As the engine runs it: whole where it takes spans, else in the first of the windows. */
async function transform(harness: StepHarness, { node, settings, inputs, windows }: TransformerSubject): Promise<Relations> {
  const parsed = node.config.parse(settings);
  const [first] = windows;
  if (!node.spans(parsed)) return harness.transform(node, settings, inputs, { window: first ?? null });
  const starts = windows.map(({ start }) => `make_timestamp(${start}000) at time zone 'UTC'`).join(", ");
  const cut = Object.entries(inputs).map(([alias, input]) => [
    alias,
    input.windowed === true ? { ...input, sql: `select * from (${input.sql}) where window_start in (${starts})` } : input,
  ]);
  return harness.transform(node, settings, Object.fromEntries(cut), { span: toSpan(windows) });
}

/** Rows in one order, told apart by port. */
function text(relations: Relations): string[] {
  return [...relations].flatMap(([port, { rows }]) => rows.map((row) => `${port} ${rowText(row)}`)).sort();
}
