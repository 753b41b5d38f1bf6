import assert from "node:assert/strict";
import type { SqlRow } from "../../../src/core/database.js";
import { openFolder, type PointsSource } from "./open-folder.js";
import { hour, points, type ReadPoints, readPoints } from "./read-points.js";
import type { RelationCase } from "./relation-cases.js";

const HOUR = hour("2026-01-01T10:00:00Z");

/** What a step sees, and not how it came about. */
export function relation({ columns, types, rows, counted, warnings }: ReadPoints) {
  return { columns, types, rows, counted, warnings: warnings.length };
}

/** Holds a source to a case: it gives the rows that the case says, as the very relation that a folder gives. Throws an AssertionError. */
export async function holdToCase(source: Pick<PointsSource, "hold" | "open">, bucket: string, given: RelationCase): Promise<void> {
  const query = points({ ...given.query, bucket });
  await source.hold(bucket, given.lines);
  await using client = await source.open();
  const read = await readPoints(client, query, given.span ?? HOUR);
  assert.deepEqual(read.rows.map(withoutTimes), given.gives);
  await using folder = await openFolder();
  await folder.hold(bucket, given.lines);
  await using local = await folder.open();
  assert.deepEqual(relation(read), relation(await readPoints(local, query, given.span ?? HOUR)));
}

function withoutTimes({ time, time_ns, ...row }: SqlRow): SqlRow {
  return row;
}
