import { rename, utimes } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toKpiError } from "../../src/core/errors.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { PointWriter } from "../../src/influx/columns/point-writer.js";
import { toTimeRange } from "../../src/influx/columns/time-range.js";
import { listFolder } from "../../src/influx/line-protocol/listing.js";
import { parseJobs } from "../../src/influx/line-protocol/parse-jobs.js";
import { type ParseJob, parsePart } from "../../src/influx/line-protocol/parse-part.js";
import { PointSink } from "../../src/influx/line-protocol/point-sink.js";
import { readFiles } from "../../src/influx/line-protocol/read-folder.js";
import { takeParts } from "../../src/influx/line-protocol/take-parts.js";
import type { PointQuery } from "../../src/influx/point-query.js";
import { appendedTable } from "../../src/pipelines/step-context.js";
import { roughPoints, toLine } from "./support/arbitrary-points.js";
import { writeFiles } from "./support/clients.js";
import { hour, points, temporaryFolder } from "./support/read-points.js";

const window = hour("2026-01-01T10:00:00Z");
const START = BigInt(window.start) * 1_000_000n;
/** Half of the points lie in the hour that is read. */
const lines = roughPoints(START - 3_600_000_000_000n, 7_200_000_000_000n).map((written) => written.map(toLine));
const numbers = fc
  .array(fc.tuple(fc.constantFrom("k=a", "k=b,l=1"), fc.constantFrom("v=1", "v=2i", "w=3", "v=5,w=6", "w=t"), fc.nat(5)), { maxLength: 6 })
  .map((written) => written.map(([tags, fields, at]) => `m,${tags} ${fields} ${START + BigInt(at)}`));
const files = fc.array(fc.oneof(lines, numbers, numbers), { minLength: 1, maxLength: 4 });

/** Parses parts of so many bytes as if it were in another thread. */
function inParts(jobs: readonly ParseJob[]) {
  return {
    async *parts({ path }: { readonly path: string }) {
      for (const job of jobs) if (job.file.path === path) yield structuredClone(await parsePart(job));
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const NOBODY = { table: "", append: () => undefined, close: async () => undefined };

/** What is read of files, whole or in parts of so many bytes: rows in order of reading, whether points came again, what each file holds. */
async function read(folder: { path: string; cache: string }, query: PointQuery, part: number | null): Promise<unknown> {
  const workspace = await openWorkspace({ scratch: join(folder.path, "..", "scratch"), fence: { folders: [], files: [] } });
  try {
    await using db = await workspace.connect();
    let tables = 0;
    const append = (columns: Parameters<typeof appendedTable>[2]) => appendedTable(db, `t${++tables}`, columns);
    const { signal } = new AbortController();
    const target = { db, append, files: { project: "", scratch: "" }, warn: () => undefined, progress: () => undefined, signal };
    const listing = await listFolder(folder, "");
    const open = () => (part === null ? null : inParts(parseJobs(listing, query, window, part)));
    const { slots, segments, scattered, found } = await readFiles(listing, query, window, target, () => undefined, open);
    const rows = [];
    for (const { table, columns } of segments) {
      const names = columns
        .map(({ slot }) => ({ slot, name: `${slots[slot]?.role} ${slots[slot]?.name}` }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const row of await db.rows(`SELECT * FROM ${table} ORDER BY rowid`))
        rows.push([row.time_ns, ...names.flatMap(({ slot, name }) => (row[`c${slot}`] === null ? [] : [[name, row[`c${slot}`]]]))]);
    }
    return { rows, scattered, found: found.map(({ entry, broken }) => ({ entry, broken })) };
  } catch (thrown) {
    return toKpiError(thrown).code;
  } finally {
    await workspace.close();
  }
}

describe("a part of a file that is parsed in a thread of its own", () => {
  it("gives what it would have given among the others, wherever the file is cut", () =>
    fc.assert(
      fc.asyncProperty(
        files,
        fc.constantFrom(new Map(), new Map([["v", "DOUBLE" as const]])),
        fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(100_000)),
        async (contents, types, part) => {
          await using place = await temporaryFolder();
          await writeFiles(place.path, Object.fromEntries(contents.map((content, index) => [`lines/${index}.lp`, content.join("\n")])));
          // what has only just been written is not kept in mind
          for (const index of contents.keys()) await utimes(join(place.path, "lines", `${index}.lp`), 1, 1);
          const folder = (name: string) => ({ path: join(place.path, "lines"), cache: join(place.path, name) });
          const query = points({ types });
          const expected = await read(folder("together"), query, null);
          expect(await read(folder("apart"), query, part)).toEqual(expected);
          // known by now, so that only lines of the window are looked at
          expect(await read(folder("together"), query, part)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    ));

  it("is parsed apart where it is plain, and left to the others where it holds text or a broken line", async () => {
    await using place = await temporaryFolder();
    await writeFiles(place.path, { "a.lp": `m v=1 ${START}`, "b.lp": `m v="text" ${START}`, "c.lp": `m v=x ${START}` });
    const listing = await listFolder({ path: place.path, cache: join(place.path, "cache") }, "");
    const parsed = await Promise.all(parseJobs(listing, points(), window).map(parsePart));
    expect(parsed.map((found) => found?.batches.map(({ rows }) => rows) ?? null)).toEqual([[1], null, null]);
  });

  it("names a broken line by its number in the file", async () => {
    await using place = await temporaryFolder();
    await writeFiles(place.path, { "lines/a.lp": [1, 2, 3, "x", 5].map((value) => `m v=${value} ${START}`).join("\n") });
    const folder = { path: join(place.path, "lines"), cache: join(place.path, "cache") };
    expect(await read(folder, points(), 8)).toMatchObject({ found: [{ broken: { line: 4 } }] });
  });

  it("is of no use where another file took the place of its own meanwhile", async () => {
    await using place = await temporaryFolder();
    const path = join(place.path, "lines", "a.lp");
    const text = (value: number) => `m v=${value} ${START}\n`.repeat(20);
    await writeFiles(place.path, { "lines/a.lp": text(1), "new.lp": text(2) });
    const listing = await listFolder({ path: join(place.path, "lines"), cache: join(place.path, "cache") }, "");
    const [first, ...others] = parseJobs(listing, points(), window, 100);
    const replace = async function* () {
      yield await parsePart(first as ParseJob);
      await rename(join(place.path, "new.lp"), path);
      for (const job of others) yield await parsePart(job);
    };
    const sink = new PointSink(new PointWriter(() => Promise.resolve(NOBODY), toTimeRange(window)), points());
    await sink.writer.begin();
    await expect(takeParts((first as ParseJob).file, { parts: replace }, sink)).rejects.toThrow(
      expect.objectContaining({ code: "SOURCE_UNREACHABLE", retryable: true }),
    );
  });
});
