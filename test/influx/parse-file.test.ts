import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toKpiError } from "../../src/core/errors.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { listFolder } from "../../src/influx/line-protocol/listing.js";
import { parseFile } from "../../src/influx/line-protocol/parse-file.js";
import { parseJobs, readFiles } from "../../src/influx/line-protocol/read-folder.js";
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

/** What is read of files, parsed one by one or apart from each other: rows in order of reading, whether points came again, what each file holds. */
async function read(folder: { path: string; cache: string }, query: PointQuery, apart: boolean): Promise<unknown> {
  const workspace = await openWorkspace({ scratch: join(folder.path, "..", "scratch"), fence: { folders: [], files: [] } });
  try {
    await using db = await workspace.connect();
    let tables = 0;
    const append = (columns: Parameters<typeof appendedTable>[2]) => appendedTable(db, `t${++tables}`, columns);
    const { signal } = new AbortController();
    const target = { db, append, files: { project: "", scratch: "" }, warn: () => undefined, progress: () => undefined, signal };
    const listing = await listFolder(folder, "");
    const jobs = new Map(parseJobs(listing, query, window).map((job) => [job.file.path, job]));
    const take = async ({ path }: { readonly path: string }) => {
      const job = jobs.get(path);
      return job === undefined ? null : structuredClone(await parseFile(job));
    };
    const { slots, segments, scattered, found } = await readFiles(listing, query, window, target, () => undefined, apart ? { take } : null);
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

describe("a file that is parsed in a thread of its own", () => {
  it("gives what it would have given among the others", () =>
    fc.assert(
      fc.asyncProperty(files, fc.constantFrom(new Map(), new Map([["v", "DOUBLE" as const]])), async (contents, types) => {
        await using place = await temporaryFolder();
        await writeFiles(place.path, Object.fromEntries(contents.map((content, index) => [`lines/${index}.lp`, content.join("\n")])));
        const folder = (name: string) => ({ path: join(place.path, "lines"), cache: join(place.path, name) });
        const query = points({ types });
        expect(await read(folder("apart"), query, true)).toEqual(await read(folder("together"), query, false));
      }),
      { numRuns: 60 },
    ));

  it("is parsed apart where it is plain, and left to the others where it holds text or a broken line", async () => {
    await using place = await temporaryFolder();
    await writeFiles(place.path, { "a.lp": `m v=1 ${START}`, "b.lp": `m v="text" ${START}`, "c.lp": `m v=x ${START}` });
    const listing = await listFolder({ path: place.path, cache: join(place.path, "cache") }, "");
    const parsed = await Promise.all(parseJobs(listing, points(), window).map(parseFile));
    expect(parsed.map((found) => found?.batches.map(({ rows }) => rows) ?? null)).toEqual([[1], null, null]);
  });
});
