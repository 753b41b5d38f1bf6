import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth, truncate } from "../../../src/cli/text/display-width.js";
import { formatTable } from "../../../src/cli/text/table.js";

describe("display width", () => {
  it.each([
    ["plain", 5],
    ["año", 3],
    ["an\u0303o", 3],
    ["▁▂█", 3],
    ["→ …", 3],
    ["漢字", 4],
    ["한글", 4],
    ["👍", 2],
    ["👨‍👩‍👧", 2],
    ["❤️", 2],
    ["", 0],
  ])("of %j is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it("of what was cut is never more than asked for, and what fits is not cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, columns) => {
        const cut = truncate(text, columns);
        expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
        if (displayWidth(text) <= columns) expect(cut).toBe(text);
        else expect(cut.endsWith("…")).toBe(true);
      }),
    );
  });
});

describe("a table", () => {
  it("aligns its columns under their heads", () => {
    const table = formatTable(
      [{ head: "sensor" }, { head: "co", align: "right" }],
      [
        ["tägliche", "1.5"],
        ["漢字", "10"],
      ],
      80,
    );
    expect(table).toBe("sensor     co\ntägliche  1.5\n漢字       10\n");
  });

  it("gives way in its widest columns first", () => {
    const rows = [["TLM0100", "a long story without an end"]];
    expect(formatTable([{ head: "id" }, { head: "meaning" }], rows, 20)).toBe("id       meaning\nTLM0100  a long sto…\n");
  });

  it("keeps a cell on one line", () => {
    expect(formatTable([{ head: "a" }], [["x\ny\tz"]], 80)).toBe("a\nx y z\n");
  });

  it("fits into any screen that has room for its columns", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1 }), fc.integer({ min: 22, max: 100 }), (rows, width) => {
        const table = formatTable([{ head: "one" }, { head: "two", align: "right" }, { head: "three" }], rows, width);
        for (const line of table.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(table.split("\n")).toHaveLength(rows.length + 2);
      }),
    );
  });
});
