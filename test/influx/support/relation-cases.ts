import type { SqlRow } from "../../../src/core/database.js";
import type { Span } from "../../../src/core/window.js";
import type { PointQuery } from "../../../src/influx/point-query.js";
import { hour } from "./read-points.js";

/** Where the cases' hour begins. */
export const TEN = Date.parse("2026-01-01T10:00:00Z");
/** So many ms after that, in nanoseconds since 1970. */
export const ns = (offset: number) => `${BigInt(TEN + offset) * 1_000_000n}`;

/** Points, what is asked of them, and what every source gives. */
export interface RelationCase {
  readonly what: string;
  readonly lines: string;
  readonly query?: Partial<PointQuery>;
  /** 10:00 to 11:00 where it is not given. */
  readonly span?: Span;
  /** The rows of that time, in order of time, without their times. */
  readonly gives: readonly SqlRow[];
  /** Points that make a good source seem one that gets this case wrong. */
  readonly spoilt: string;
}

const EXACT = [
  `m,k=a f=1.5,i=9223372036854775807i,b=true,s="x" ${ns(0)}`,
  `m,k=a f=-0.1,i=-9223372036854775808i,b=false,s="" ${ns(1)}`,
  `m,k=b f=5e-324,s="a,b \\"q\\" \\\\ = 🙂\nnext" ${BigInt(ns(2)) + 7n}`,
  `m f=123456789.12345679 ${ns(3)}`,
].join("\n");
const ODD_NAMES = `me\\ as\\,ure,ta\\ g=a\\,b\\=c,o"q=\\ x fi\\ eld=1,"q"=2i ${ns(0)}`;
const META_TAGS = `m,error=boom,reference=1,result=r,table=7 v=1 ${ns(0)}\nm,error=boom v=2 ${ns(1)}`;
const BOUNDS = `m v=1 ${ns(-1)}\nm v=2 ${ns(0)}\nm v=3 ${BigInt(ns(3_600_000)) - 1n}\nm v=4 ${ns(3_600_000)}`;
const TWICE = [`m,k=a a=1,b=2 ${ns(0)}`, `m,k=a b=3,c=4 ${ns(0)}`];

export const CASES: readonly RelationCase[] = [
  {
    what: "every type, exactly, and nothing apart from an empty text",
    lines: EXACT,
    gives: [
      { k: "a", b: true, f: 1.5, i: 9223372036854775807n, s: "x" },
      { k: "a", b: false, f: -0.1, i: -9223372036854775808n, s: "" },
      { k: "b", b: null, f: 5e-324, i: null, s: 'a,b "q" \\ = 🙂\nnext' },
      { k: null, b: null, f: 123456789.12345679, i: null, s: null },
    ],
    spoilt: EXACT.replace("807i", "806i"),
  },
  {
    what: "integers of 64 bits without a sign",
    lines: `m v=18446744073709551615u ${ns(0)}\nm v=0u ${ns(1)}`,
    gives: [{ v: 18446744073709551615n }, { v: 0 }],
    spoilt: `m v=18446744073709551614u ${ns(0)}\nm v=0u ${ns(1)}`,
  },
  {
    what: "names with blanks, commas, quotes and =",
    lines: ODD_NAMES,
    query: { measurement: "me as,ure" },
    gives: [{ 'o"q': " x", "ta g": "a,b=c", '"q"': 2, "fi eld": 1 }],
    spoilt: ODD_NAMES.replace("=\\ x", "=x"),
  },
  {
    what: "tags called error, reference, result and table",
    lines: META_TAGS,
    gives: [
      { error: "boom", reference: "1", result: "r", table: "7", v: 1 },
      { error: "boom", reference: null, result: null, table: null, v: 2 },
    ],
    spoilt: META_TAGS.replace(",table=7", ""),
  },
  {
    what: "a tag and a field of the same name",
    lines: `m,v=a v=1 ${ns(0)}\nm v=2 ${ns(1)}`,
    gives: [
      { v_tag: "a", v: 1 },
      { v_tag: null, v: 2 },
    ],
    spoilt: `m v=1 ${ns(0)}\nm v=2 ${ns(1)}`,
  },
  {
    what: "names that differ by case only",
    lines: `m,Tag=a,tag=b Val=1,val=2 ${ns(0)}`,
    gives: [{ Tag: "a", tag_2: "b", Val: 1, val_2: 2 }],
    spoilt: `m,Tag=b Val=2 ${ns(0)}`,
  },
  {
    what: "fields in the order asked for, and one that does not exist",
    lines: `m a=1,b=2,c=3 ${ns(0)}`,
    query: { fields: ["c", "nothing", "a"] },
    gives: [{ c: 3, nothing: null, a: 1 }],
    spoilt: `m c=1,b=2,a=3 ${ns(0)}`,
  },
  {
    what: "only some tags, of series that share a time",
    lines: `m,a=1,b=1 v=1 ${ns(0)}\nm,a=1,b=2 v=1 ${ns(0)}`,
    query: { tags: ["a"] },
    gives: [
      { a: "1", v: 1 },
      { a: "1", v: 1 },
    ],
    spoilt: `m,a=1 v=1 ${ns(0)}\nm,a=1 v=1 ${ns(0)}`,
  },
  {
    what: "only points with given tags",
    lines: `m,a=1 v=1 ${ns(0)}\nm,a=2 v=2 ${ns(0)}\nm,a='3 v=3 ${ns(0)}\nm v=4 ${ns(0)}`,
    query: { where: new Map([["a", ["1", "'3"]]]) },
    gives: [
      { a: "'3", v: 3 },
      { a: "1", v: 1 },
    ],
    spoilt: `m,a=1 v=1 ${ns(0)}\nm,a=3 v=3 ${ns(0)}`,
  },
  {
    what: "a window's start, and not its end",
    lines: BOUNDS,
    gives: [{ v: 2 }, { v: 3 }],
    spoilt: BOUNDS.replace(ns(3_600_000), ns(3_599_999)),
  },
  {
    what: "a point written twice, field by field",
    lines: TWICE.join("\n"),
    gives: [{ k: "a", a: 1, b: 3, c: 4 }],
    spoilt: [...TWICE].reverse().join("\n"),
  },
  {
    what: "integers and floats in different weeks as doubles",
    lines: `m v=1i 1767225600000000000\nm v=1.5 ${ns(7 * 86_400_000)}`,
    span: hour("2026-01-01T00:00:00Z", 24 * 9),
    gives: [{ v: 1 }, { v: 1.5 }],
    spoilt: "m v=1i 1767225600000000000",
  },
  {
    what: "a series that was always of floats, beside one that was of integers in another week",
    lines: `m,k=a v=1i 1767225600000000000\nm,k=b v=1.5 ${ns(7 * 86_400_000)}`,
    span: hour("2026-01-01T00:00:00Z", 24 * 9),
    gives: [
      { k: "a", v: 1 },
      { k: "b", v: 1.5 },
    ],
    spoilt: "m,k=a v=1i 1767225600000000000",
  },
  {
    what: "nothing of a measurement that does not exist",
    lines: `other v=1 ${ns(0)}`,
    query: { fields: ["v"] },
    gives: [],
    spoilt: `m v=1 ${ns(0)}`,
  },
  {
    what: "nothing of a measurement that does not exist, all fields",
    lines: `other v=1 ${ns(0)}`,
    gives: [],
    spoilt: `m v=1 ${ns(0)}`,
  },
  {
    what: "a declared type where nothing came",
    lines: `other v=1 ${ns(0)}`,
    query: { fields: ["v"], types: new Map([["v", "BIGINT"]]) },
    gives: [],
    spoilt: `m v=1i ${ns(0)}`,
  },
];
