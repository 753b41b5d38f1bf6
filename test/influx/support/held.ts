import { expect } from "vitest";
import type { InfluxClient } from "../../../src/influx/influx-client.js";
import { ns } from "./relation-cases.js";

/** Points in which a tag has two values, and two fields have types of their own. */
export const HELD = `m,k=a v=1,i=1i ${ns(0)}\nm,k=b v=2 ${ns(3_600_000)}`;

/** Expects a source to tell of a bucket with just those points: that it is there, and what is in it. */
export async function expectHeld(client: InfluxClient, bucket: string): Promise<void> {
  const look = (of: string | null, measurement: string | null) => client.browse({ bucket: of, measurement }, new AbortController().signal);
  expect(await look(null, null)).toMatchObject({ buckets: expect.arrayContaining([expect.objectContaining({ name: bucket })]) });
  expect(await look(bucket, null)).toMatchObject({ measurements: [{ name: "m" }] });
  expect(await look(bucket, "m")).toMatchObject({
    tags: [{ name: "k", count: 2, more: false, values: ["a", "b"] }],
    fields: [
      { name: "i", types: ["BIGINT"] },
      { name: "v", types: ["DOUBLE"] },
    ],
    first: "2026-01-01T10:00:00Z",
    last: "2026-01-01T11:00:00Z",
  });
}
