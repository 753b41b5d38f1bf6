import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import filter from "../../src/transformers/filter.js";
import { scanSql } from "../../src/transformers/lib/scan-sql.js";
import { openStepHarness, type StepHarness } from "../support/step-harness.js";

let harness: StepHarness;
beforeAll(async () => {
  harness = await openStepHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const keep = (where: string) =>
  harness.transform(
    filter,
    { where },
    { co: { sql: "select 1.5::double as co, 'a' as sensor_id, timestamptz '2026-01-01 10:30:00Z' as time" } },
  );

describe("an expression", () => {
  it.each([
    "co > 1 and not sensor_id like 'b%'",
    "co between 1 and 2",
    "co in (1.5, 2) or sensor_id is null",
    "case when co > 1 then true else false end",
    "co.co::integer = 2",
    "extract(hour from time) = 10",
    "(time at time zone 'Europe/Madrid')::time = '11:30'",
    "time > timestamptz '2026-01-01' - interval '1 hour'",
    "coalesce(nullif(sensor_id, 'b'), 'x') = 'a' -- why not",
    "sensor_id ~ '^[a-z]$' and sensor_id != ')'",
    "abs(-co) >= 1 and co % 2 != 0",
  ])("may be %s", async (where) => {
    expect((await keep(where)).get("")?.rows).toHaveLength(1);
  });

  it.each([
    ["co > (select 1)", "a query inside an expression"],
    ["exists (select * from read_text('/etc/passwd'))", "a query inside an expression"],
    ["read_text('/etc/passwd') is null", 'the function "read_text"'],
    ["current_setting('home_directory') = ''", 'the function "current_setting"'],
    ["getenv('HOME') = ''", 'the function "getenv"'],
    ["random() > 0.5", 'the function "random"'],
    ["now() > time", 'the function "now"'],
    ["time < current_timestamp", 'no column "current_timestamp"'],
    ["row_number() over () = 1", "a window function"],
    ["count(*) > 1", 'the aggregate "count_star"'],
    ["co > $1", "a variable"],
    ["columns(*) > 1", "`*`"],
    ["temperature is not null", 'no column "temperature"'],
    ["co.temperature is not null", "temperature"],
    ["nosuch.main.abs(co) > 1", 'the function "abs"'],
  ])("may not be %s", async (where, named) => {
    await expect(keep(where)).rejects.toMatchObject({ code: "STEP_FAILED", message: expect.stringContaining(named) });
  });

  it.each([
    "true) from co union all select 1, '2', now() --",
    "true) or (true",
    "1; drop table co",
    "true) as x, (false",
    "",
    "co >",
    "co > 1 /*",
    "'",
    "1e400 > co",
  ])("is one whole expression, not %j", async (where) => {
    await expect(keep(where)).rejects.toThrow();
  });
});

describe("scanning SQL", () => {
  it("loses nothing", () => {
    const parts = fc.constantFrom("'", '"', "--", "\n", "/*", "*/", "$$", "$a$", "e'", "\\", "select", " ", "(", "ñ", "$window_start");
    fc.assert(
      fc.property(
        fc.array(parts).map((all) => all.join("")),
        (sql) => {
          expect(
            scanSql(sql)
              .map(({ text }) => text)
              .join(""),
          ).toBe(sql);
        },
      ),
    );
  });

  it("tells code from texts, quoted names and comments", () => {
    const code = (sql: string) => scanSql(sql).flatMap((piece) => (piece.code ? [piece.text] : []));
    expect(code("a 'b''c' d")).toEqual(["a ", " d"]);
    expect(code('a "b""c" d')).toEqual(["a ", " d"]);
    expect(code("a e'b\\'c' d")).toEqual(["a ", " d"]);
    expect(code("a -- b'\nc")).toEqual(["a ", "\nc"]);
    expect(code("a /* b /* ' */ c */ d")).toEqual(["a ", " d"]);
    expect(code("a $$b'c$$ d $x$e$$f$x$ g")).toEqual(["a ", " d ", " g"]);
    expect(code("date'2026-01-01' and x")).toEqual(["date", " and x"]);
  });
});
