import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { loadProject } from "../../src/config/load-project.js";
import { RESERVED_WORDS } from "../../src/config/reserved-words.js";
import { catalogue } from "./support/catalogue.js";
import { around, errorsOf, folderOf, load, pipelineOf, say } from "./support/project.js";

/** The errors of steps, the first of which stands on line 5, its key in column 7. */
const errorsIn = (steps: string) => errorsOf(`steps:\n${steps.replace(/^\n/, "").replaceAll(/^ */gm, "  ")}`);

const INPUT = "source: { extract: manual_input, rows: [{ n: 1 }] }";

describe("a step", () => {
  it("is called by a name that SQL takes without quotes", async () => {
    expect(
      await errorsIn(`Co: { extract: manual_input, rows: [{}] }\nselect: { load: output, from: Co }\n1a: { load: output, from: Co }`),
    ).toEqual([
      'config.yaml:5:7 Cannot call a step "Co": SQL could not name it without quotes | Use lower-case letters, digits and _, a letter first',
      'config.yaml:6:7 Cannot call a step "select": it is a keyword of SQL | Take another word, such as select_1',
      'config.yaml:7:7 Cannot call a step "1a": SQL could not name it without quotes | Use lower-case letters, digits and _, a letter first',
    ]);
  });

  it("is not called by any keyword that DuckDB does not take as a relation", async () => {
    const db = await (await DuckDBInstance.create(":memory:")).connect();
    const keywords = (await db.runAndReadAll("select keyword_name from duckdb_keywords()")).getRows().map(([keyword]) => String(keyword));
    const refused: string[] = [];
    for (const keyword of keywords) {
      const sql = `create or replace view ${keyword} as select 1 as n; select ${keyword}.n from ${keyword} join ${keyword} as other on true`;
      await db.run(sql).catch(() => refused.push(keyword));
    }
    db.closeSync();
    expect([...RESERVED_WORDS].sort()).toEqual(refused.sort());
  });

  it("names one node, by either spelling", async () => {
    const pipeline = await pipelineOf("steps: { a: { extract: manualInput, rows: [{ n: 1 }] }, b: { load: output, from: a } }");
    expect(pipeline.steps[0]?.node.type).toBe("manual_input");
    expect(await errorsIn(`a: {}\nb: { extract: series, load: table, from: a }\nc: 7\nd: { extract: [series] }`)).toEqual([
      'config.yaml:5:7 Cannot tell what step "a" does: it has none of extract, transform and load | A step names one node, such as extract: influxdb',
      'config.yaml:6:7 Cannot tell what step "b" does: it has extract and load | A step names one node, such as extract: influxdb',
      'config.yaml:7:10 Cannot use "7" as step "c": must be a map',
      'config.yaml:8:21 Cannot use a list as "extract": must be a node type',
    ]);
  });

  it("names a node there is", async () => {
    expect(
      await errorsIn(`a: { extract: serie }\nb: { extract: table }\nc: { transform: sqll, from: a }\nd: { load: constructor, from: c }`),
    ).toEqual([
      'config.yaml:5:21 Unknown node type "serie" after extract | Did you mean "series"?',
      'config.yaml:6:21 Unknown node type "table" after extract | Did you mean "load: table"?',
      'config.yaml:7:23 Unknown node type "sqll" after transform | Did you mean "sql"?',
      'config.yaml:8:18 Unknown node type "constructor" after load | Known: output, table',
    ]);
  });

  it("loads no node but those that are named", async () => {
    const refuse = () => Promise.reject(new Error("nobody asked for it"));
    const lazy = {
      ...catalogue,
      transformers: { keep: refuse },
      connections: { server: refuse },
      stateStores: { ...catalogue.stateStores, memory: refuse },
    };
    const cwd = folderOf({ "config.yaml": `pipelines: { p: { steps: { ${INPUT}, b: { load: output, from: source } } } }` });
    expect((await loadProject({ env: {}, cwd, catalogue: lazy })).errors).toEqual([]);
  });

  it("uses a connection of the type its node wants", async () => {
    expect(
      await errorsIn(
        `
        a: { extract: series, bucket: b }
        b: { extract: series, bucket: b, connection: inflx }
        c: { extract: series, bucket: b, connection: post }
        d: { extract: manual_input, rows: [{}], connection: influx }
        e: { extract: series, bucket: b, connection: [influx] }
      `.trimEnd(),
      ),
    ).toEqual([
      'config.yaml:5:7 Cannot do without "connection" in step "a": extract "series" needs one of type "server" | connection: influx',
      'config.yaml:6:52 Cannot use "inflx" as connection: there is none of that name | Did you mean "influx"?',
      'config.yaml:7:52 Cannot use "post" as connection of step "c": its type is "mailbox", not "server" | connection: influx',
      'config.yaml:8:47 Cannot use a connection in step "d": extract "manual_input" speaks to no outside system',
      'config.yaml:9:52 Cannot use a list as connection: there is none of that name | Did you mean "influx"?',
    ]);
  });
});

describe("from", () => {
  it("names one step, several, or several by names of its own, and an output of those that have several", async () => {
    const pipeline = await pipelineOf(`
      steps:
        a: { extract: manual_input, rows: [{ n: 1 }] }
        route: { transform: condition, from: a, where: n > 0 }
        one: { transform: sql, from: route.yes, sql: x }
        two: { transform: sql, from: [one, a], sql: x }
        three: { transform: sql, from: { left: two, right: route.no }, sql: x }
        out: { load: output, from: three }
    `);
    expect(Object.fromEntries(pipeline.steps.map(({ id, from }) => [id, from]))).toEqual({
      a: [],
      route: [{ alias: "a", step: "a", port: null }],
      one: [{ alias: "route", step: "route", port: "yes" }],
      two: [
        { alias: "one", step: "one", port: null },
        { alias: "a", step: "a", port: null },
      ],
      three: [
        { alias: "left", step: "two", port: null },
        { alias: "right", step: "route", port: "no" },
      ],
      out: [{ alias: "three", step: "three", port: null }],
    });
  });

  it("is wanted by steps that read, and by no other", async () => {
    expect(
      await errorsIn(
        `a: { extract: manual_input, rows: [{}], from: b }\nb: { transform: sql, sql: x }\nc: { load: output, from: [] }\nd: { load: output, from: 5 }`,
      ),
    ).toEqual([
      'config.yaml:5:47 Cannot let step "a" read from another: it extracts | Remove "from", or transform what comes',
      'config.yaml:6:7 Cannot do without "from" in step "b": transform "sql" reads 1 to 8 | from: STEP',
      'config.yaml:7:32 Cannot read from nothing: "from" is empty',
      'config.yaml:8:32 Cannot read from "5": must name a step | Forms: from: a, from: [a, b], from: { left: a, right: b }, from: a.port',
    ]);
  });

  it("names as many relations as the node reads", async () => {
    expect(await errorsIn(`${INPUT}\nb: { transform: keep, from: [source, source], where: x }`)).toEqual([
      'config.yaml:6:35 Cannot let step "b" read 2 relations: transform "keep" reads 1',
      'config.yaml:6:44 Cannot read two relations as "source": one name would mean both | Name them: from: { first: …, second: source }',
    ]);
  });

  it("names steps and outputs there are", async () => {
    expect(
      await errorsIn(
        `
        ${INPUT}
        route: { transform: condition, from: sorce, where: x }
        b: { load: output, from: route }
        c: { load: output, from: route.maybe }
        d: { load: output, from: source.yes }
        e: { load: output, from: b }
        f: { transform: sql, from: { Left: source }, sql: x }
      `.trimEnd(),
      ),
    ).toEqual([
      'config.yaml:6:44 Cannot read from "sorce": there is no such step | Did you mean "source"?',
      'config.yaml:7:32 Cannot read from "route": it has several outputs | Outputs: route.yes, route.no',
      'config.yaml:8:32 Cannot read from "route.maybe": there is no such output | Outputs: route.yes, route.no',
      'config.yaml:9:32 Cannot read from "source.yes": "source" has one output without a name | from: source',
      'config.yaml:10:32 Cannot read from "b": it is a loader, which puts nothing out',
      'config.yaml:11:36 Cannot call an input "Left": lower-case letters, digits and _ make a name',
    ]);
  });

  it("says nothing of steps that have errors of their own", async () => {
    expect(await errorsIn(`a: { extract: nothing }\nb: { transform: keep, from: a.port, where: x }\nc: { load: output, from: b }`)).toEqual(
      ['config.yaml:5:21 Unknown node type "nothing" after extract | Known: call, manual_input, series'],
    );
  });

  it("leads in no circle", async () => {
    expect(
      await errorsIn(
        `
        source: { transform: keep, from: source, where: x }
        b: { load: output, from: source }
      `.trimEnd(),
      ),
    ).toEqual(["config.yaml:5:7 Cannot order the steps: source → source is a cycle | A step reads only from steps before it"]);
    expect(
      await errorsIn(
        `
        ${INPUT}
        a: { transform: sql, from: [source, c], sql: x }
        b: { transform: sql, from: a, sql: x }
        c: { transform: sql, from: b, sql: x }
        d: { load: output, from: c }
      `.trimEnd(),
      ),
    ).toEqual(["config.yaml:7:7 Cannot order the steps: b → c → a → b is a cycle | A step reads only from steps before it"]);
  });
});

describe("steps", () => {
  it("are put in order, otherwise as in the file", async () => {
    const pipeline = await pipelineOf(`
      steps:
        publish: { load: output, from: pair }
        pair: { transform: sql, from: [z, a], sql: x }
        z: { extract: manual_input, rows: [{ n: 1 }] }
        a: { extract: manual_input, rows: [{ n: 1 }] }
    `);
    expect(pipeline.steps.map(({ id }) => id)).toEqual(["z", "a", "pair", "publish"]);
    expect(pipeline.steps[0]?.place).toEqual({ file: "config.yaml", line: 7, column: 7 });
  });

  it("are wanted, and at most 500", async () => {
    expect(await errorsOf("every: 1h")).toEqual(['config.yaml:3:3 Cannot do without "steps" in pipeline "p": must be a map']);
    expect(await errorsOf("steps: {}")).toEqual(['config.yaml:4:5 Cannot use pipeline "p": it has no steps']);
    expect(await errorsOf("steps: [a]")).toEqual(['config.yaml:4:12 Cannot use a list as "steps": must be a map']);
    const many = Array.from({ length: 501 }, (_, index) => `s${index}: { extract: manual_input, rows: [{}] }`).join(", ");
    expect(await errorsOf(`steps: { ${many} }`)).toEqual(['config.yaml:4:5 Cannot use pipeline "p": it has more than 500 steps']);
  });

  it("publish something: hours that published nothing would count as done", async () => {
    const hint = "Add a step such as publish: { load: duckdb, from: STEP, table: TABLE }";
    expect(await errorsOf(`every: 1h\nsteps:\n  ${INPUT}`)).toEqual([
      `config.yaml:3:3 Cannot publish anything: no step of the pipeline loads | ${hint}`,
    ]);
    const { project, warnings } = await load(around(`steps:\n  ${INPUT}`));
    expect(project).not.toBeNull();
    expect(say(warnings)).toEqual([`config.yaml:4:5 Cannot publish anything: no step of the pipeline loads | ${hint}`]);
  });

  it("that lead nowhere are named", async () => {
    const { warnings } = await load(
      around(`steps:\n  ${INPUT}\n  idle: { transform: keep, from: source, where: x }\n  b: { load: output, from: source }`),
    );
    expect(say(warnings)).toEqual(['config.yaml:6:13 Step "idle" leads nowhere: no loader reads from it | Remove it, or read from it']);
  });

  it("publish to tables of their own, in the whole project", async () => {
    const pipeline = (name: string, table: string) =>
      `  ${name}: { steps: { a: { extract: manual_input, rows: [{}] }, b: { load: table, from: a, table: ${table} } } }`;
    const { errors } = await load(`pipelines:\n${pipeline("one", "kpi")}\n${pipeline("two", "other")}\n${pipeline("three", "main.KPI")}`);
    expect(say(errors)).toEqual([
      'config.yaml:4:97 Cannot publish to "main.KPI" from step "b": step "b" of pipeline "one" publishes to it | Give each loader a table of its own',
    ]);
  });

  it("of a workflow know no windows", async () => {
    const steps =
      "steps: { a: { extract: manual_input, rows: [{ n: 1 }] }, b: { transform: sql, from: a, sql: 'select $window_end' }, c: { load: output, from: b } }";
    expect(await errorsOf(steps)).toEqual([
      'config.yaml:4:97 Cannot use "$window_end" in a pipeline without "every": it has no windows | Add every: 1h, or leave it out',
    ]);
    expect(await errorsOf(`every: 1h\n${steps}`)).toEqual([]);
  });
});
