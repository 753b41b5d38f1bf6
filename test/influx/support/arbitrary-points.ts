import fc from "fast-check";

export type FieldValue = number | bigint | boolean | string;

/** A point of measurement `m` before it was written. */
export interface WrittenPoint {
  readonly tags: readonly (readonly [name: string, value: string])[];
  readonly fields: readonly (readonly [name: string, value: FieldValue])[];
  readonly time: bigint;
}

const escapeName = (name: string) => name.replace(/[,= ]/g, "\\$&");

function toValue(value: FieldValue): string {
  if (typeof value === "bigint") return `${value}i`;
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The point as line protocol. */
export function toLine({ tags, fields, time }: WrittenPoint): string {
  const key = ["m", ...tags.map(([name, value]) => `${escapeName(name)}=${escapeName(value)}`)].join(",");
  return `${key} ${fields.map(([name, value]) => `${escapeName(name)}=${toValue(value)}`).join(",")} ${time}`;
}

/** The point as Flux's CSV can carry it, which has no carriage returns. */
export function withoutReturns(point: WrittenPoint): WrittenPoint {
  const plain = (value: FieldValue) => (typeof value === "string" ? value.replaceAll("\r", "") : value);
  return { ...point, fields: point.fields.map(([fieldName, value]) => [fieldName, plain(value)]) };
}

const LETTERS = ["a", "b", "Z", "é", "🙂", "漢", " ", ",", "=", '"', "'", "$", "{", "}", "#"];
const name = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 6 });
/** With backslashes, but for those places where line protocol cannot carry one. */
const roughName = fc
  .string({ unit: fc.constantFrom(...LETTERS, "\\"), minLength: 1, maxLength: 6 })
  .filter((rough) => !/\\([,= ]|$)/.test(rough));
const text = fc.string({ unit: fc.constantFrom(...LETTERS, "\\", "\n", "\r", "\t"), maxLength: 12 });
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** A field's name begins with its type, so that no field changes it. */
function fieldOf(rest: fc.Arbitrary<string>): fc.Arbitrary<readonly [string, FieldValue]> {
  const named = (letter: string) => rest.map((end) => `${letter}${end}`);
  return fc.oneof(
    fc.tuple(named("d"), double),
    fc.tuple(named("i"), integer),
    fc.tuple(named("b"), fc.boolean()),
    fc.tuple(named("s"), text),
  );
}

function pointsOf(names: fc.Arbitrary<string>, time: fc.Arbitrary<bigint>): fc.Arbitrary<WrittenPoint[]> {
  const point = fc.record({
    tags: fc.uniqueArray(fc.tuple(names, names), { selector: ([tag]) => tag, maxLength: 3 }),
    fields: fc.uniqueArray(fieldOf(names), { selector: ([fieldName]) => fieldName, minLength: 1, maxLength: 4 }),
    time,
  });
  return fc.array(point, { minLength: 1, maxLength: 8 });
}

/** Points whose names need no more than their separators escaped, of any time. */
export const writtenPoints = pointsOf(name, fc.bigInt({ min: -(2n ** 63n) + 2n, max: 2n ** 63n - 2n }));

/** Points with backslashes in their names too, within so many nanoseconds from a time on; some come twice. */
export function roughPoints(from: bigint, length: bigint): fc.Arbitrary<WrittenPoint[]> {
  return pointsOf(roughName, fc.oneof(fc.bigInt({ min: from, max: from + length - 1n }), fc.constant(from)));
}
