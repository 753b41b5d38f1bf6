import { describe, expect, it } from "vitest";
import type { SecretSource } from "../../src/core/secret-source.js";
import { errorsOf, load, pipelineOf, projectOf, say } from "./support/project.js";

/** A source with these secrets, and what it was asked and told to keep back. */
function sourceOf(secrets: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const kept: string[] = [];
  const source: SecretSource = {
    async read(reference) {
      asked.push(reference);
      return secrets[reference] ?? null;
    },
    keep: (secret) => void kept.push(secret),
  };
  return { source, asked, kept };
}

const connection = (settings: string) => `connections: { influx: { type: server, ${settings} } }`;

async function connectionOf(settings: string) {
  const influx = (await projectOf(connection(settings))).connections.get("influx");
  if (influx === undefined) throw new Error("there is no connection");
  return influx;
}

describe("a reference to a variable", () => {
  it("may say that it is one", async () => {
    const { connections, secrets, references } = await projectOf(connection(`url: "\${env:URL}", token: "\${env:THE_TOKEN:-none}"`), {
      URL: "here",
      THE_TOKEN: "abcd1234",
    });
    expect(connections.get("influx")?.settings).toMatchObject({ url: "here", token: "abcd1234" });
    expect(secrets).toEqual(["abcd1234"]);
    expect(references).toEqual([{ name: "THE_TOKEN", found: "value" }]);
  });

  it("is not shadowed by the kinds of reference: env and file are names too", async () => {
    const { connections } = await projectOf(connection(`url: "\${env:-a}\${file:-b}\${prefect:-c}"`));
    expect(connections.get("influx")?.settings).toMatchObject({ url: "abc" });
  });
});

describe("a reference to a file", () => {
  const files = (yaml: string, content: string | Uint8Array = "file-secret\n") => ({ "config/config.yaml": yaml, "run/token": content });

  it.each([
    ["file-secret\n", "file-secret"],
    ["file-secret\r\n", "file-secret"],
    ["two\nlines\n\n", "two\nlines\n"],
    ["bare-text", "bare-text"],
  ])("gives %j without its last line's end, from the project's folder, and it is a secret", async (content, expected) => {
    const { connections, secrets } = await projectOf(files(connection(`url: here, token: "\${file:run/token}"`), content));
    expect(connections.get("influx")?.settings).toMatchObject({ token: expected });
    expect(secrets).toEqual([expected]);
  });

  it("gives the default where the file is not there or empty", async () => {
    for (const content of ["", "\n"]) {
      const yaml = connection(`url: "\${file:run/none:-first}", token: "\${file:run/token:-}\${file:run/token:-then}"`);
      const { connections } = await projectOf(files(yaml, content));
      expect(connections.get("influx")?.settings).toMatchObject({ url: "first", token: "then" });
    }
  });

  it("is an error at its place where the file is not there or cannot be text", async () => {
    const errors = async (path: string, content: string | Uint8Array = "x") =>
      say((await load(files(connection(`url: "\${file:${path}}"`), content))).errors);
    expect(await errors("run/none")).toEqual([
      `config/config.yaml:1:45 Cannot fill in "\${file:run/none}": there is no file "run/none" | A path starts at the project's folder; a default may stand after it: \${file:run/none:-…}`,
    ]);
    expect((await errors("run"))[0]).toContain('"run" is no file');
    expect((await errors("run/token", new Uint8Array([0xff, 0xfe, 0]))).join()).toContain("is not text in UTF-8");
    expect((await errors("run/token", new Uint8Array(1_100_000)))[0]).toContain("is larger than 1 MiB");
  });

  it("keeps back what is secret by itself in an address or a service account", async () => {
    const account = JSON.stringify({ type: "service_account", private_key: "-----BEGIN\nabcdefgh\n" });
    expect((await projectOf(files(connection(`url: here, token: "\${file:run/token}"`), account))).secrets).toEqual([
      account,
      "-----BEGIN\nabcdefgh\n",
    ]);
    const address = "postgres://me:p%40ss1@db/x";
    expect((await projectOf(files(connection(`url: "\${file:run/token}"`), address))).secrets).toEqual([address, "p%40ss1", "p@ss1"]);
  });

  it("leaves its value out of what a definition may hold", async () => {
    const step = (value: string) =>
      pipelineOf(`steps: { a: { extract: call, url: "${value}" }, b: { load: output, from: a } }`).then(({ steps }) => steps[0]);
    expect((await step(`\${file:config.yaml}`))?.publicSettings).not.toHaveProperty("url");
    expect((await step(`\${NONE:-x}`))?.publicSettings).toHaveProperty("url");
  });
});

describe("a reference to a secret of Prefect", () => {
  it("is not looked up when the configuration is read, but each time settings are to be used", async () => {
    const influx = await connectionOf(`url: here, token: "Bearer \${prefect:secret/influx-token}"`);
    const { source, asked, kept } = sourceOf({ "prefect:secret/influx-token": "abcd1234" });
    expect(asked).toEqual([]);
    expect(await influx.fill?.(source)).toEqual({ url: "here", token: "Bearer abcd1234", retries: 3 });
    expect([asked, kept]).toEqual([["prefect:secret/influx-token"], ["abcd1234"]]);
  });

  it("is not warned about as a secret in the file, and known by its name", async () => {
    const { project, warnings } = await load(
      `${connection(`url: here, token: "\${prefect:secret/a}"`)}\npipelines: { p: { steps: { a: { extract: call, url: x }, b: { load: output, from: a } } } }`,
    );
    expect(warnings).toEqual([]);
    expect(project?.secrets).toEqual([]);
    expect(project?.references).toEqual([{ name: "prefect:secret/a", found: null, optional: false }]);
  });

  it("gives the default where there is none of that name or it is empty, else an error at its place", async () => {
    const influx = await connectionOf(`url: here, token: "\${prefect:secret/a:-default}"`);
    expect(await influx.fill?.(sourceOf({}).source)).toMatchObject({ token: "default" });
    expect(await influx.fill?.(sourceOf({ "prefect:secret/a": "" }).source)).toMatchObject({ token: "default" });
    const strict = await connectionOf(`url: here, token: "\${prefect:secret/a}"`);
    await expect(strict.fill?.(sourceOf({}).source)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: `Cannot fill in "\${prefect:secret/a}": Prefect has no block of that name`,
      place: { file: "config.yaml", line: 1 },
    });
  });

  it("is checked by the settings' schema once it is known, without showing it", async () => {
    const influx = await connectionOf(`url: "\${prefect:secret/url:-}", token: "\${prefect:secret/a:-abcd1234}"`);
    expect(await influx.fill?.(sourceOf({ "prefect:secret/url": "there" }).source)).toMatchObject({ url: "there", token: "abcd1234" });
    await expect(influx.fill?.(sourceOf({}).source)).rejects.toMatchObject({
      message: 'Cannot use what was filled in as "url" in connection "influx": must not be empty',
    });
  });

  it("stands in settings of the state store too, whose other settings are read as ever", async () => {
    const { state, root } = await projectOf(`state: { store: file, path: "\${prefect:secret/folder}/state" }`);
    expect(await state.fill?.(sourceOf({ "prefect:secret/folder": "kept" }).source)).toEqual({ path: `${root}/kept/state` });
  });

  it("cannot stand anywhere else", async () => {
    const message = (token: string) =>
      `Cannot use "${token}" here: secrets of Prefect are filled into settings of connections and of the state store`;
    const token = `\${prefect:secret/a}`;
    const steps = `steps: { a: { extract: call, url: "x/${token}" }, b: { load: output, from: a } }`;
    expect(await errorsOf(steps)).toEqual([expect.stringContaining(`config.yaml:4:39 ${message(token)}`)]);
    for (const yaml of [
      `warehouse: { path: "${token}" }`,
      `state: { store: "${token}" }`,
      `connections: { a: { type: "${token}" } }`,
      `connections: { a: { type: server, url: &url "${token}" } }\nwarehouse: { path: *url }`,
    ])
      expect((await load(yaml)).errors[0]?.message, yaml).toBe(message(token));
    const { errors } = await load({ "config.yaml": "", "pipelines/p.yaml": steps });
    expect(errors[0]?.message).toBe(message(token));
  });

  it.each([`\${prefect:secret/}`, `\${prefect:secret/A}`, `\${prefect:slack-webhook/a}`, `\${prefect:a}`, `\${vault:a}`, `\${file:}`])(
    "is not read from %s",
    async (text) => {
      expect((await load(connection(`url: "${text}"`))).errors[0]?.message).toContain("it is of no form that is known");
    },
  );
});
