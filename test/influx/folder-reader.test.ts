import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Database, SqlRow } from "../../src/core/database.js";
import { toKpiError } from "../../src/core/errors.js";
import type { Span } from "../../src/core/window.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { FolderReader } from "../../src/influx/line-protocol/folder-reader.js";
import { type Folder, listFolder } from "../../src/influx/line-protocol/listing.js";
import { readFolder } from "../../src/influx/line-protocol/read-folder.js";
import type { PointQuery } from "../../src/influx/point-query.js";
import type { Points } from "../../src/influx/points.js";
import type { ReadTarget } from "../../src/influx/read-target.js";
import { toRelation } from "../../src/influx/relation/to-relation.js";
import { appendedTable } from "../../src/pipelines/step-context.js";
import { writeFiles } from "./support/clients.js";
import { hour, points, temporaryFolder } from "./support/read-points.js";

const START = "2026-01-01T00:00:00Z";
const HOURS = 4;
const all = hour(START, HOURS);
const query = points({ fields: ["v", "w"] });
const spans = all.windows.map(({ start }) => hour(new Date(start).toISOString()));

/** What reads into a workspace; `tables` counts those that were made for the whole run. */
function target(db: Database, tables: { made: number; ahead: number }): ReadTarget {
  const append: ReadTarget["append"] = (columns) => appendedTable(db, `t${++tables.made}`, columns);
  const appendAhead: typeof append = (columns) => {
    tables.ahead += 1;
    return append(columns);
  };
  const ahead = { windows: all, append: appendAhead };
  const { signal } = new AbortController();
  return { db, append, ahead, files: { project: "", scratch: "" }, warn: () => undefined, progress: () => undefined, signal };
}

type Read = (query: PointQuery, span: Span, target: ReadTarget) => Promise<Points>;

/** The rows of a span, or the code of the error. */
async function rowsOf(read: Read, span: Span, into: ReadTarget): Promise<readonly SqlRow[] | string> {
  try {
    const { sql } = toRelation(query, await read(query, span, into), () => undefined);
    const inside = `time >= make_timestamptz(${span.start * 1000}) AND time < make_timestamptz(${span.end * 1000})`;
    return await into.db.rows(`SELECT * FROM (${sql}) WHERE ${inside} ORDER BY ALL`);
  } catch (thrown) {
    return toKpiError(thrown).code;
  }
}

let clock = 1_700_000_000;

/** Writes a file that changed long ago, and at another time than any before it. */
async function write(folder: Folder, name: string, lines: readonly string[]): Promise<void> {
  await writeFiles(folder.path, { [name]: lines.join("\n") });
  clock += 1;
  await utimes(join(folder.path, name), clock, clock);
}

interface Bench {
  readonly folder: Folder;
  readonly db: Database;
  readonly tables: { made: number; ahead: number };
  readonly target: ReadTarget;
}

async function withFolder(work: (bench: Bench) => Promise<void>): Promise<void> {
  await using place = await temporaryFolder();
  const folder = { path: join(place.path, "lines"), cache: join(place.path, "cache") };
  const workspace = await openWorkspace({ scratch: join(place.path, "scratch"), fence: { folders: [], files: [] } });
  try {
    await using db = await workspace.connect();
    const tables = { made: 0, ahead: 0 };
    await work({ folder, db, tables, target: target(db, tables) });
  } finally {
    await workspace.close();
  }
}

const line = fc
  .record({
    at: fc.integer({ min: -1, max: HOURS * 6 }),
    tag: fc.constantFrom("", ",k=a", ",k=b,l=c"),
    field: fc.constantFrom("v=1", "v=2.5", "w=3", "v=4,w=5", 'u="text"', "v=x"),
  })
  // a broken line is seldom
  .filter(({ field, at }) => field !== "v=x" || at % 5 === 0)
  .map(({ at, tag, field }) => `m${tag} ${field} ${BigInt(all.start + at * 600_000) * 1_000_000n}`);
const lines = fc.array(line, { maxLength: 5 });
const name = fc.constantFrom("a.lp", "b.lp", "c.lp");
const change = fc.option(fc.record({ name, lines: fc.option(lines) }), { freq: 3 });

describe("the spans of a run", () => {
  it("are read from a folder in one pass as each of them alone would be, also while files change", async () => {
    const histories = fc.record({
      files: fc.dictionary(name, lines, { minKeys: 1, noNullPrototype: true }),
      changes: fc.array(change, { minLength: HOURS, maxLength: HOURS }),
      order: fc.constantFrom(spans, spans.toReversed()),
    });
    await fc.assert(
      fc.asyncProperty(histories, ({ files, changes, order }) =>
        withFolder(async ({ folder, target: into }) => {
          const reader = new FolderReader(folder, 0);
          for (const [file, content] of Object.entries(files)) await write(folder, file, content);
          for (const [index, span] of order.entries()) {
            const changed = changes[index];
            if (changed?.lines) await write(folder, changed.name, changed.lines);
            else if (changed) await rm(join(folder.path, changed.name), { force: true });
            const alone: Read = (...given) => readFolder({ ...folder, cache: `${folder.cache}-${index}` }, ...given);
            const expected = await rowsOf(alone, span, into);
            expect(await rowsOf((...given) => reader.read(...given), span, into)).toEqual(expected);
          }
        }),
      ),
      { numRuns: 25 },
    );
  }, 60_000);

  it("are read in one pass, and what the files hold is remembered", () =>
    withFolder(async ({ folder, tables, target: into }) => {
      for (const [index, span] of spans.entries()) await write(folder, `${index}.lp`, [`m v=${index} ${BigInt(span.start) * 1_000_000n}`]);
      const first = new FolderReader(folder);
      for (const [index, span] of spans.entries())
        expect(await rowsOf((...given) => first.read(...given), span, into)).toMatchObject([{ v: index }]);
      expect(tables.ahead).toBeGreaterThan(0);
      expect(tables.made).toBe(tables.ahead);
      const { files, index } = await listFolder(folder, query.bucket);
      expect(files.map((file) => index.get(file)?.times)).toEqual(spans.map(({ start }) => [start, start + 1]));
    }));

  it("fail alone where a line of theirs is broken", () =>
    withFolder(async ({ folder, target: into }) => {
      for (const [index, span] of spans.entries())
        await write(folder, `${index}.lp`, [
          `m v=${index === 2 ? "x" : index} ${BigInt(span.start) * 1_000_000n}`,
          `m w=1 ${BigInt(span.start) * 1_000_000n}`,
        ]);
      const reader = new FolderReader(folder);
      const read = [];
      for (const span of spans) read.push(await rowsOf((...given) => reader.read(...given), span, into));
      expect(read.map((found) => (typeof found === "string" ? found : found.length))).toEqual([1, 1, "SOURCE_MALFORMED", 1]);
    }));
});
