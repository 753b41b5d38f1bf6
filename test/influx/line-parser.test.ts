import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Feeder } from "../../src/influx/columns/feeder.js";
import { LineParser } from "../../src/influx/line-protocol/line-parser.js";
import { PointSink } from "../../src/influx/line-protocol/point-sink.js";
import type { PointQuery } from "../../src/influx/point-query.js";
import { toLine, type WrittenPoint, writtenPoints } from "./support/arbitrary-points.js";
import { memoryWriter, type Row, splitAt } from "./support/memory-table.js";
import { points } from "./support/read-points.js";

async function parse(
  text: string | Buffer,
  at = 0,
  query: Partial<PointQuery> = {},
): Promise<{ parser: LineParser; rows: Row[]; disordered: boolean }> {
  const { writer, rows } = memoryWriter();
  await writer.reshape();
  const sink = new PointSink(writer, points(query));
  const parser = new LineParser(sink);
  const feeder = new Feeder(writer, (bytes, from, to, final) => parser.parse(bytes, from, to, final));
  for (const piece of splitAt(Buffer.from(text), at)) await feeder.feed(piece);
  await feeder.finish();
  return { parser, rows: await rows(), disordered: sink.disordered };
}

function expected({ tags, fields, time }: WrittenPoint): Row {
  const cells = [...tags.map(([name, value]) => [`tag ${name}`, value]), ...fields.map(([name, value]) => [`field ${name}`, value])];
  return { time, micros: (time - (((time % 1000n) + 1000n) % 1000n)) / 1000n, cells: Object.fromEntries(cells) };
}

describe("the parser of line protocol", () => {
  it("gives back the points that were written, whatever they hold and wherever the bytes are split", async () => {
    await fc.assert(
      fc.asyncProperty(writtenPoints, fc.nat(400), async (written, at) => {
        const { parser, rows } = await parse(written.map((point) => `${toLine(point)}\n`).join(""), at);
        expect(parser.facts.broken).toBeNull();
        expect(rows).toEqual(written.map(expected));
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same rows at every split position", async () => {
    const text =
      'm,t=a\\ b f=1.25,i=-7i,u=9u,b=true,s="x\\"y\\\\z\nw 1" 1767261600000000123\r\n# comment\n\nCREATE DATABASE x WITH NAME y\nother a=1 1\nm f=2e3 -1\nm f=3 5';
    const whole = await parse(text);
    expect(whole.rows).toHaveLength(3);
    for (let at = 1; at < Buffer.byteLength(text); at++) expect((await parse(text, at)).rows, `split at ${at}`).toEqual(whole.rows);
  });

  it.each([
    ["m", "it has no fields"],
    ["m f=1", "it has no time"],
    ["m f=1 ", "its time is no number of nanoseconds"],
    ["m f=1 12x", "its time is no number of nanoseconds"],
    ["m f=1 1.5", "its time is no number of nanoseconds"],
    ["m f=1 99999999999999999999", "its time is no number of nanoseconds"],
    ["m f= 1", "a value is neither number, text nor boolean"],
    ["m f=x 1", "a value is neither number, text nor boolean"],
    ["m f=tru 1", "a value is followed by neither comma nor blank"],
    ["m f=1y 1", "a value is followed by neither comma nor blank"],
    ['m f="x 1', "a text has no end"],
    ["m f 1", "a field has no value"],
    ["m =1 1", "a field has no name"],
    [",t=a f=1 1", "there is no measurement"],
    ["m,t f=1 1", '"t" is no tag'],
    ["m,t= f=1 1", '"t=" is no tag'],
    ["m,t=a,t=b f=1 1", 'tag "t" is there twice'],
    ["m,t=a,", "it has no fields"],
  ])("names line and reason of a broken line: %j", async (line, reason) => {
    const { parser, rows } = await parse(`m f=1 1\n${line}\nm f=2 2\n`);
    expect(parser.facts.broken).toEqual({ line: 2, reason });
    expect(rows.length).toBeGreaterThanOrEqual(1);
  });

  it("goes on behind a broken line", async () => {
    const { rows } = await parse("m f=1 1\nm f=oops 2\nm f=3 3\n");
    expect(rows.map(({ time }) => time)).toEqual([1n, 3n]);
  });

  it("counts the lines that a text goes over", async () => {
    const { parser } = await parse('m s="a\nb\nc" 1\nm f=1 1\nbroken\n');
    expect(parser.facts.broken?.line).toBe(5);
  });

  it("says that points may be there twice only when a series goes back or stands still", async () => {
    expect((await parse("m,a=1 f=1 1\nm,a=2 f=1 1\nm,a=1 f=1 2\n")).disordered).toBe(false);
    expect((await parse("m,a=1,b=2 f=1 1\nm,b=2,a=1 f=1 1\n")).disordered).toBe(true);
    expect((await parse("m f=1 2\nm f=1 1\n")).disordered).toBe(true);
  });

  it("learns what the file holds besides", async () => {
    const { parser, rows } = await parse("m,a=1 f=1,g=2i 1000000\nother,b=1 h=true 5000000\n", 0, { fields: ["f"] });
    expect(rows.map(({ cells }) => cells)).toEqual([{ "tag a": "1", "field f": 1 }]);
    expect([...parser.facts.measurements.keys()]).toEqual(["m", "other"]);
    expect([...parser.facts.first]).toEqual([1000, 0]);
    expect([...parser.facts.last]).toEqual([5000, 0]);
  });

  it("leaves points out that hold none of the fields asked for", async () => {
    expect((await parse("m g=1 1\nm f=1,g=1 2\n", 0, { fields: ["f"] })).rows).toHaveLength(1);
  });

  it("widens a column of integers to doubles when a float comes", async () => {
    const { rows } = await parse("m f=1i 1\nm f=2.5 2\nm f=3i 3\n");
    expect(rows.map(({ cells }) => cells["field f"])).toEqual([1n, 2.5, 3]);
  });

  it("throws SOURCE_TYPE_CONFLICT when a text meets numbers", async () => {
    await expect(parse('m f=1 1\nm f="x" 2\n')).rejects.toMatchObject({ code: "SOURCE_TYPE_CONFLICT" });
  });
});
