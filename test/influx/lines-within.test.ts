import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesWithin } from "../../src/influx/line-protocol/lines-within.js";

const window = { start: Date.parse("2026-01-01T10:00:00Z"), end: Date.parse("2026-01-01T11:00:00Z") };

async function* cut(text: string, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const size of [...sizes, text.length]) {
    if (at < text.length) yield Buffer.from(text.slice(at, at + size));
    at += size;
  }
}

async function keep(text: string, sizes: readonly number[] = []): Promise<string> {
  let kept = "";
  for await (const piece of linesWithin(cut(text, sizes), window)) kept += piece.toString();
  return kept;
}

const line = (nanoseconds: bigint) => `air,id=a co=1.5,n=3i ${nanoseconds}\n`;
const start = BigInt(window.start) * 1_000_000n;
const end = BigInt(window.end) * 1_000_000n;

describe("the lines within a window", () => {
  it("are those from its start up to, and without, its end, to the nanosecond", async () => {
    const inside = [start, start + 1n, end - 1n];
    const text = [start - 1n, ...inside, end].map(line).join("");
    expect(await keep(text)).toBe(inside.map(line).join(""));
  });

  it("are the same however the file is cut into pieces", async () => {
    const times = fc.array(fc.bigInt({ min: start - 5_000_000_000n, max: end + 5_000_000_000n }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(times, fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }), async (moments, sizes) => {
        const wanted = moments.filter((moment) => moment >= start && moment < end);
        expect(await keep(moments.map(line).join(""), sizes)).toBe(wanted.map(line).join(""));
      }),
    );
  });

  it.each([
    ["a line without a line break at the end of the file", "air co=1 5"],
    ["a time before 1970", "air co=1 -1800000000000000000\n"],
    ["a comment", "# CONTEXT-DATABASE: sensors\n"],
    ["a line with a carriage return", `air co=1 ${start - 1n}\r\n`],
    ["a line without a time", "air co=1\n"],
  ])("leave %s to the parser", async (_, text) => {
    expect(await keep(text)).toBe(text);
  });
});
