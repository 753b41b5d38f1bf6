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

const LETTERS = ["a", "b", "Z", "é", "🙂", "漢", " ", ",", "=", '"', "'", "$", "{", "}", "#"];
/** No backslash: line protocol cannot carry every place of one in a name. */
const name = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 6 });
const text = fc.string({ unit: fc.constantFrom(...LETTERS, "\\", "\n", "\r", "\t"), maxLength: 12 });
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** A field's name begins with its type, so that no field changes it. */
const field = fc.oneof(
  fc.tuple(
    name.map((rest) => `d${rest}`),
    double,
  ),
  fc.tuple(
    name.map((rest) => `i${rest}`),
    integer,
  ),
  fc.tuple(
    name.map((rest) => `b${rest}`),
    fc.boolean(),
  ),
  fc.tuple(
    name.map((rest) => `s${rest}`),
    text,
  ),
);

const point: fc.Arbitrary<WrittenPoint> = fc.record({
  tags: fc.uniqueArray(fc.tuple(name, name), { selector: ([tag]) => tag, maxLength: 3 }),
  fields: fc.uniqueArray(field, { selector: ([fieldName]) => fieldName, minLength: 1, maxLength: 4 }),
  time: fc.bigInt({ min: -(2n ** 63n) + 2n, max: 2n ** 63n - 2n }),
});

export const writtenPoints = fc.array(point, { minLength: 1, maxLength: 8 });
