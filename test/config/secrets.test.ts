import { describe, expect, it } from "vitest";
import { load, pipelineOf, projectOf, say } from "./support/project.js";

const connection = (settings: string) => `connections: { influx: { type: server, url: here, ${settings} } }`;

describe("secrets", () => {
  it("are the values of secret settings and of variables with a secret's name", async () => {
    const { secrets } = await projectOf(
      `${connection(`token: "Bearer \${A}"`)}\nstate: { name: "{pipeline}\${DB_PASSWORD}\${db_key}\${OTHER}" }\nwarehouse: { path: "\${SHORT_KEY}" }`,
      { A: "inner-part", DB_PASSWORD: "pass-word", db_key: "key-word", OTHER: "no secret", SHORT_KEY: "abc" },
    );
    expect([...secrets].sort()).toEqual(["Bearer inner-part", "inner-part", "key-word", "pass-word"]);
  });

  it("are given the longest first", async () => {
    const { secrets } = await projectOf(connection(`token: "abcd-\${A}"`), { A: "efgh" });
    expect(secrets).toEqual(["abcd-efgh", "efgh"]);
  });

  it("are also passwords in addresses", async () => {
    const { secrets } = await projectOf(`connections: { influx: { type: server, url: "\${URL}" } }`, {
      URL: "http://me:pa55word@host:8086/x",
    });
    expect(secrets).toEqual(["pa55word"]);
  });

  it("are warned about where they stand in the file, or as a default in it", async () => {
    const hint = `Keep it in .env or the environment, and refer to it: \${NAME}`;
    for (const token of ["abcd1234", `"\${NONE:-abcd1234}"`]) {
      const { project, warnings } = await load(
        `${connection(`token: ${token}`)}\npipelines:\n  p:\n    steps: { a: { extract: call, url: x }, b: { load: output, from: a } }`,
      );
      expect(say(warnings)).toEqual([`config.yaml:1:58 A secret is written into the file as "token" | ${hint}`]);
      expect(project?.secrets).toEqual(["abcd1234"]);
    }
  });

  it.each([`"\${A}"`, `"\${NONE:-}"`, '""', `"Bearer \${A}"`])("are no cause for a warning as %s", async (token) => {
    const { warnings } = await load(
      `${connection(`token: ${token}`)}\npipelines:\n  p:\n    steps: { a: { extract: call, url: x }, b: { load: output, from: a } }`,
      { A: "abcd1234" },
    );
    expect(say(warnings)).toEqual([]);
  });

  it("do not stand in messages, whatever is wrong with them", async () => {
    const { errors, warnings } = await load(
      `connections:
  a: { type: server, url: here, token: 987654321 }
  b: { type: server, url: here, token: [hunter22, { "hunter22": hunter22 }] }
  hunter22: { type: server, url: here, token: "\${A}", hunter22: 1 }
state: { store: "\${MY_SECRET}" }
`,
      { A: "hunter22", MY_SECRET: "deepsecret" },
    );
    expect(errors.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify([...errors, ...warnings].map(({ message, hint }) => [message, hint]))).not.toMatch(
      /hunter22|987654321|deepsecret/,
    );
  });

  it("do not stand in a syntax error", async () => {
    const { errors } = await load("connections: { a: { token: 'hunter22'hunter22 } }\n- hunter22: hunter22\n");
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toContain("hunter22");
  });

  it("are left out of a step's public settings", async () => {
    const pipeline = await pipelineOf(
      `
      steps:
        a:
          extract: call
          url: "https://host/\${API_TOKEN}"
          key: abcd1234
          login: { user: me, password: "\${PASS}" }
          headers: { Accept: text/csv, Authorization: "Bearer \${API_TOKEN}" }
        b: { load: output, from: a }
      `,
      { API_TOKEN: "tok-12345", PASS: "pass1234" },
    );
    expect(pipeline.steps[0]?.settings).toEqual({
      url: "https://host/tok-12345",
      key: "abcd1234",
      login: { user: "me", password: "pass1234" },
      headers: { Accept: "text/csv", Authorization: "Bearer tok-12345" },
    });
    expect(pipeline.steps[0]?.publicSettings).toEqual({ login: { user: "me" }, headers: { Accept: "text/csv" } });
  });
});
