import fc from "fast-check";
import { expect } from "vitest";
import type { ReadPoints } from "./read-points.js";
import { ns } from "./relation-cases.js";

/** Doubles within 1e-12 of the largest sums there are; everything else equal. */
export function expectSame(one: ReadPoints, other: ReadPoints): void {
  const facts = ({ columns, types, counted, counts }: ReadPoints) => ({
    columns,
    types,
    counted,
    counts: [...(counts ?? [])].map(([start, fields]) => [start, Object.values(fields).map(({ values }) => values)]),
  });
  const close = (value: unknown) => (typeof value === "number" ? expect.closeTo(value, 8) : value);
  expect(facts(one)).toEqual(facts(other));
  expect(one.rows).toEqual(other.rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, close(value)]))));
}

/** Points of a few series in two hours: many share a moment. */
export const manyPoints = fc
  .uniqueArray(
    fc.record({
      k: fc.constantFrom("", ",k=a", ",k=b\\ c"),
      l: fc.constantFrom("", ",l=x", ",l='y"),
      v: fc.option(fc.double({ min: -1000, max: 1000, noNaN: true })),
      i: fc.option(fc.integer({ min: -1000, max: 1000 })),
      at: fc.oneof(fc.constantFrom(0, 599_999, 600_000, 3_599_999, 3_600_000), fc.integer({ min: 0, max: 7_199_999 })),
    }),
    { selector: ({ k, l, at }) => `${k}${l}${at}`, minLength: 1, maxLength: 30 },
  )
  .map((given) =>
    given.map(({ k, l, v, i, at }) => `m${k}${l} o=1${v === null ? "" : `,v=${v}`}${i === null ? "" : `,i=${i}i`} ${ns(at)}`).join("\n"),
  );
