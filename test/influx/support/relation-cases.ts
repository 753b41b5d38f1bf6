import type { Span } from "../../../src/core/window.js";
import type { PointQuery } from "../../../src/influx/point-query.js";
import { hour } from "./read-points.js";

/** Where the cases' hour begins. */
export const TEN = Date.parse("2026-01-01T10:00:00Z");
/** So many ms after that, in nanoseconds since 1970. */
export const ns = (offset: number) => `${BigInt(TEN + offset) * 1_000_000n}`;

/** Points, what is asked of them, and how many rows of 10:00 to 11:00, or of the span, every source gives. */
export const CASES: readonly {
  readonly what: string;
  readonly rows: number;
  readonly lines: string;
  readonly query?: Partial<PointQuery>;
  readonly span?: Span;
}[] = [
  {
    what: "every type, exactly",
    rows: 4,
    lines: [
      `m,k=a f=1.5,i=9223372036854775807i,b=true,s="x" ${ns(0)}`,
      `m,k=a f=-0.1,i=-9223372036854775808i,b=false,s="" ${ns(1)}`,
      `m,k=b f=5e-324,s="a,b \\"q\\" \\\\ = 🙂\nnext" ${BigInt(ns(2)) + 7n}`,
      `m f=123456789.12345679 ${ns(3)}`,
    ].join("\n"),
  },
  {
    what: "names with blanks, commas, quotes and =",
    rows: 1,
    lines: `me\\ as\\,ure,ta\\ g=a\\,b\\=c,o"q=\\ x fi\\ eld=1,"q"=2i ${ns(0)}`,
    query: { measurement: "me as,ure" },
  },
  { what: "a tag and a field of the same name", rows: 2, lines: `m,v=a v=1 ${ns(0)}\nm v=2 ${ns(1)}` },
  { what: "names that differ by case only", rows: 1, lines: `m,Tag=a,tag=b Val=1,val=2 ${ns(0)}` },
  {
    what: "fields in the order asked for, and one that does not exist",
    rows: 1,
    lines: `m a=1,b=2,c=3 ${ns(0)}`,
    query: { fields: ["c", "nothing", "a"] },
  },
  {
    what: "only some tags, of series that share a time",
    rows: 2,
    lines: `m,a=1,b=1 v=1 ${ns(0)}\nm,a=1,b=2 v=1 ${ns(0)}`,
    query: { tags: ["a"] },
  },
  {
    what: "only points with given tags",
    rows: 2,
    lines: `m,a=1 v=1 ${ns(0)}\nm,a=2 v=2 ${ns(0)}\nm,a='3 v=3 ${ns(0)}\nm v=4 ${ns(0)}`,
    query: { where: new Map([["a", ["1", "'3"]]]) },
  },
  {
    what: "a window's start, and not its end",
    rows: 2,
    lines: `m v=1 ${ns(-1)}\nm v=2 ${ns(0)}\nm v=3 ${BigInt(ns(3_600_000)) - 1n}\nm v=4 ${ns(3_600_000)}`,
  },
  { what: "a point written twice, field by field", rows: 1, lines: `m,k=a a=1,b=2 ${ns(0)}\nm,k=a b=3,c=4 ${ns(0)}` },
  {
    what: "integers and floats in different weeks as doubles",
    rows: 2,
    lines: `m v=1i 1767225600000000000\nm v=1.5 ${ns(7 * 86_400_000)}`,
    span: hour("2026-01-01T00:00:00Z", 24 * 9),
  },
  { what: "nothing of a measurement that does not exist", rows: 0, lines: `other v=1 ${ns(0)}`, query: { fields: ["v"] } },
  { what: "nothing of a measurement that does not exist, all fields", rows: 0, lines: `other v=1 ${ns(0)}` },
  {
    what: "a declared type where nothing came",
    rows: 0,
    lines: `other v=1 ${ns(0)}`,
    query: { fields: ["v"], types: new Map([["v", "BIGINT"]]) },
  },
];
