import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DOUBLE, INTEGER, NOT_A_NUMBER, NumberScanner, UNSIGNED } from "../../src/influx/columns/number-scanner.js";

const scanner = new NumberScanner();

function scan(text: string): { kind: number; end: number } {
  const end = scanner.scan(Buffer.from(`${text} `), 0);
  return { kind: scanner.kind, end };
}

function value(): bigint {
  return new BigInt64Array(scanner.halves.buffer)[0] ?? 0n;
}

describe("a number scanner", () => {
  it("reads every double that JavaScript writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        const text = Object.is(double, -0) ? "-0" : String(double);
        expect(scan(text)).toEqual({ kind: DOUBLE, end: text.length });
        expect(scanner.double[0]).toBe(double);
      }),
      { numRuns: 2_000 },
    );
  });

  it("rounds any decimal text as JavaScript does", () => {
    const digits = fc.stringMatching(/^[0-9]{1,25}$/);
    fc.assert(
      fc.property(digits, fc.option(digits), fc.boolean(), (whole, fraction, negative) => {
        const text = `${negative ? "-" : ""}${whole}${fraction === null ? "" : `.${fraction}`}`;
        scan(text);
        expect(scanner.double[0]).toBe(Number(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it("rounds texts that lie half-way between two doubles to the even one", () => {
    for (const text of [
      "9007199254740993",
      "9007199254740995",
      "900719925474099.25",
      "4503599627370497.5",
      "0.500000000000000166",
      "1.000000000000000111",
    ]) {
      scan(text);
      expect(scanner.double[0], text).toBe(Number(text));
    }
  });

  it("reads every integer of 64 bits exactly", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (integer) => {
        expect(scan(`${integer}i`)).toEqual({ kind: INTEGER, end: `${integer}i`.length });
        expect(value()).toBe(integer);
        scanner.scanInteger(Buffer.from(`${integer}\n`), 0);
        expect(value()).toBe(integer);
      }),
      { numRuns: 2_000, examples: [[-(2n ** 63n)], [2n ** 63n - 1n], [0n], [-1n], [10n ** 18n]] },
    );
  });

  it("reads every unsigned integer of 64 bits exactly", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (integer) => {
        expect(scan(`${integer}u`).kind).toBe(UNSIGNED);
        expect(BigInt.asUintN(64, value())).toBe(integer);
      }),
      { numRuns: 1_000, examples: [[2n ** 64n - 1n], [2n ** 63n]] },
    );
  });

  it.each([
    "",
    "-",
    "+",
    ".",
    "-.",
    "x",
    "1e",
    "1e+",
    "1.5i",
    "-1u",
    "9223372036854775808i",
    "-9223372036854775809i",
    "18446744073709551616u",
    "1e999",
  ])("takes %j for no number", (text) => {
    expect(scan(text).kind).toBe(NOT_A_NUMBER);
  });

  it("stops where the number ends", () => {
    expect(scan("1.5,b=2")).toEqual({ kind: DOUBLE, end: 3 });
    expect(scan("7i,b=2")).toEqual({ kind: INTEGER, end: 2 });
    expect(scan("1.2.3")).toEqual({ kind: DOUBLE, end: 3 });
  });
});
