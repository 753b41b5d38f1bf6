import { AssertionError } from "node:assert";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineLoader, type LoadContext, type LoadReport } from "../../src/core/node.js";
import duckdb from "../../src/loaders/duckdb.js";
import { type LoaderSubject, loaderContract } from "./loader.js";
import { publishedRows } from "./published-rows.js";

type Load = (context: LoadContext) => Promise<LoadReport>;

const good: Load = (context) => duckdb.load(duckdb.config.parse({ table: "kpis" }), context);

/** The loader of the warehouse with its work done in another way. */
function subject(load: (context: LoadContext, publish: Load) => Promise<LoadReport>): LoaderSubject {
  const node = defineLoader({
    type: "test",
    version: 1,
    summary: "Publishes in a way of its own",
    config: z.strictObject({}),
    examples: [{}],
    commit: "inside",
    table: () => "kpis",
    load: (_, context) => load(context, good),
  });
  return { node, settings: {}, published: publishedRows };
}

const all = (context: LoadContext) => `from ${context.input?.table ?? ""}`;

/** Each sentence of the contract with a loader that breaks it. */
const BROKEN: Readonly<Record<string, LoaderSubject>> = {
  "publishes the rows of its windows, and says how many": subject(async (context, publish) => {
    await publish(context);
    return { rows: new Map() };
  }),
  "publishes twice what it publishes once": subject(async (context, publish) => {
    const { db } = context;
    const before = await db.rows("select 1 from duckdb_tables() where table_name = 'kpis'");
    if (before.length === 0) return publish(context);
    await db.run(`insert into warehouse.kpis ${all(context)}`);
    return { rows: new Map() };
  }),
  "publishes together what it publishes window by window": subject((context, publish) =>
    context.windows?.length === 1 ? publish({ ...context, input: null }) : publish(context),
  ),
  "replaces a window's rows, and leaves other windows alone": subject(async (context, publish) => {
    const report = await publish(context);
    const kept = context.windows?.map(({ start }) => start).join(", ");
    await context.db.run(`delete from warehouse.kpis where epoch_ms(window_start) not in (${kept})`);
    return report;
  }),
  "leaves nothing of a window where nothing came": subject(async (context, publish) =>
    context.input === null ? { rows: new Map() } : publish(context),
  ),
  "has nothing to remove where nothing was": subject(async (context, publish) => {
    await context.db.run("create table if not exists warehouse.kpis as select now() as window_start, 'z' as id, 0::double as co");
    return publish(context);
  }),
  "commits nothing by itself inside a transaction": subject(async (context, publish) => {
    const report = await publish(context);
    await context.db.run("commit");
    await context.db.run("begin");
    return report;
  }),
};

describe("the contract of loaders", () => {
  it("has a broken loader for every sentence, and no other", () => {
    expect(Object.keys(BROKEN).sort()).toEqual(Object.keys(loaderContract).sort());
  });

  it.each(Object.entries(loaderContract))("is kept by a good one: %s", (_, check) =>
    check(subject((context, publish) => publish(context))),
  );

  it.each(Object.entries(loaderContract))("fails for one that breaks %j", async (sentence, check) => {
    await expect(check(BROKEN[sentence] as LoaderSubject)).rejects.toThrow(AssertionError);
  });
});
