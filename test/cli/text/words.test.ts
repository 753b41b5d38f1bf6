import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCount, formatElapsed, formatNumberOf } from "../../../src/cli/text/format.js";
import { mapStrings } from "../../../src/cli/text/map-strings.js";
import { plainText } from "../../../src/cli/text/plain-text.js";
import { toRanges } from "../../../src/cli/text/ranges.js";
import { sparkline } from "../../../src/cli/text/sparkline.js";
import { nearest } from "../../../src/core/nearest.js";
import { hour, hours } from "../support/reports.js";

describe("numbers", () => {
  it("are grouped by thousands", () => {
    expect([0, 999, 1_000, 414_720, 1_234_567.8].map(formatCount)).toEqual(["0", "999", "1,000", "414,720", "1,234,568"]);
  });

  it("agree with their nouns", () => {
    expect([0, 1, 2].map((count) => formatNumberOf(count, "row"))).toEqual(["0 rows", "1 row", "2 rows"]);
  });

  it("of milliseconds are said as a person would", () => {
    expect([0.4, 412, 3_210, 250_000].map(formatElapsed)).toEqual(["0 ms", "412 ms", "3.2 s", "4 min 10 s"]);
  });
});

describe("plain text", () => {
  it.each([
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]8;;http://x\u0007link\u001b]8;;\u0007", "link"],
    ["a\rb\u0008c\u007f", "abc"],
    ["line\n\ttab", "line\n\ttab"],
    ["año → ▁█", "año → ▁█"],
    ["\u202egnp.exe", "gnp.exe"],
  ])("of %j is %j", (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  it("never holds a control character", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/[^\P{Cc}\n\t]/u.test(plainText(text))));
  });
});

describe("a spark line", () => {
  it("goes from the least value to the greatest, with blanks for what is missing", () => {
    expect(sparkline([0, 1, null, 7])).toBe("▁▂ █");
    expect(sparkline([3, 3, 3])).toBe("▄▄▄");
    expect(sparkline([null, Number.NaN])).toBe("  ");
    expect(sparkline([])).toBe("");
  });
});

describe("ranges", () => {
  it("join what touches and is alike", () => {
    const windows = [hour(0), hour(1), hour(2, { status: "empty" }), hour(3), hour(5), hour(6)];
    const ranges = toRanges(windows, ({ status }) => status).map(({ kind, items }) => `${items.length} ${kind}`);
    expect(ranges).toEqual(["2 loaded", "1 empty", "1 loaded", "2 loaded"]);
  });

  it("hold every window once", () => {
    const windows = hours(5);
    expect(toRanges(windows, ({ start }) => start.slice(11, 12)).flatMap(({ items }) => items)).toEqual(windows);
  });
});

describe("the nearest name", () => {
  it.each([
    ["agregate", "aggregate"],
    ["SQL", "sql"],
    ["influx", "influxdb"],
    ["kafka", undefined],
    ["influxb", "influxdb"],
    ["", undefined],
  ])("to %j is %j", (text, name) => {
    expect(nearest(text, ["aggregate", "sql", "influxdb", "files"])).toBe(name);
  });
});

describe("mapping strings", () => {
  it("reaches every string and key, makes text of bigints, and leaves the rest", () => {
    const value = { a: "b", list: ["c", 1, null, true], deep: { d: 10n } };
    expect(mapStrings(value, (text) => text.toUpperCase())).toEqual({ A: "B", LIST: ["C", 1, null, true], DEEP: { D: "10" } });
  });
});
