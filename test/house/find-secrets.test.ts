import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestWarehouse } from "../state/support/open-test-warehouse.js";
import { findSecrets, formsOf, removeFolder } from "../support/find-secrets.js";
import { KpiProject } from "../support/kpi-project.js";
import { TEST_SECRETS } from "../support/test-secrets.js";
import { TextFinder } from "../support/text-finder.js";
import { filesIn, read } from "./support/files.js";

const SECRET = 'a/w+rd~?~? "of" o\'ña & <50%>';
const NOISE = Buffer.from([0, 255, 10, 0, 200]);

describe("the search for secrets", () => {
  it.each([
    ["plain", SECRET],
    ["JSON", JSON.stringify({ error: SECRET })],
    ["JSON", JSON.stringify({ body: JSON.stringify({ error: SECRET }) })],
    ["URL", `https://host/?q=${encodeURIComponent(SECRET)}`],
    ["URL", [...Buffer.from(SECRET)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")],
    ["form", new URLSearchParams({ p: SECRET }).toString()],
    ["quotes", `SELECT '${SECRET.replaceAll("'", "''")}'`],
    [
      "HTML",
      `<p>${SECRET.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;")}</p>`,
    ],
    ["hex", Buffer.from(`x${SECRET}`).toString("hex")],
    ["base64", Buffer.from(`ana:${SECRET}`).toString("base64")],
    ["base64", Buffer.from(`anna:${SECRET}!`).toString("base64")],
    ["base64", Buffer.from(`${SECRET}, and more`).toString("base64")],
    ["base64url", Buffer.from(`an:${SECRET}`).toString("base64url")],
  ])("finds one in %s", (encoding, text) => {
    const found = findSecrets("it", Buffer.concat([NOISE, Buffer.from(text), NOISE]), [SECRET]);
    expect(found.join()).toMatch(new RegExp(`as ${encoding}`));
  });

  it("finds every form of every secret of the tests, wherever it stands", () => {
    for (const secret of Object.values(TEST_SECRETS))
      for (const [, text] of formsOf(secret))
        for (let before = 0; before < 9; before++)
          expect(findSecrets("it", Buffer.concat([Buffer.alloc(before, 1), Buffer.from(text)])).join()).toContain(
            `it holds "${secret.slice(0, 6)}…"`,
          );
  });

  it("finds just what is there", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "ñ"), minLength: 4, maxLength: 9 });
    const content = fc.string({ unit: fc.constantFrom("a", "b", "ñ"), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), content, (texts, bytes) => {
        expect(new TextFinder(texts).find(Buffer.from(bytes)).sort()).toEqual(
          [...new Set(texts)].filter((each) => bytes.includes(each)).sort(),
        );
      }),
    );
    expect(
      findSecrets(
        "it",
        Object.values(TEST_SECRETS)
          .map((secret) => secret.slice(0, -1))
          .join("|"),
      ),
    ).toEqual([]);
  });

  it("looks into the files of a folder that is removed, their names, and the rows of a warehouse", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kpi-search-"));
    await using warehouse = await openTestWarehouse(folder);
    await warehouse.warehouse.publish(({ db, catalog }) =>
      db.run(`CREATE TABLE ${catalog}.main.t AS SELECT '${TEST_SECRETS.source}' AS error`),
    );
    writeFileSync(join(folder, TEST_SECRETS.hidden), "");
    writeFileSync(join(folder, "own"), TEST_SECRETS.door);
    expect(() => removeFolder(folder, [], ["own"])).toThrow(/kpi\.duckdb holds "s3cr3t…" as plain|the name of .* holds "hidden…"/);
  });
});

describe("a project of a test", () => {
  let project: KpiProject;
  beforeEach(() => {
    project = new KpiProject();
  });
  afterEach(() => project.remove());

  it("fails where kpi says a secret, or leaves one in a file", async () => {
    await expect(project.kpi("nodes", TEST_SECRETS.hidden)).rejects.toThrow('said holds "hidden…" as plain');
    const other = new KpiProject();
    const ended = new Promise((resolve) => other.start("nodes", TEST_SECRETS.hidden).once("close", resolve));
    await ended;
    expect(() => other.remove()).toThrow('holds "hidden…" as plain');
  });
});

describe("the tests", () => {
  const paths = filesIn(["test"], [".ts"]);

  it("take their secrets from one list, all of which are looked for everywhere", () => {
    const own = paths.filter((path) => /\b(SECRET|TOKEN|PASSWORD|[A-Z]+_KEY)\b = ["'`]/.test(read(path)));
    expect(own).toEqual(["test/house/find-secrets.test.ts"]);
  });

  it("remove what kpi has left by way of the search", () => {
    const otherwise = paths.filter((path) => /\brm(Sync)?\([^)]*recursive: true/.test(read(path)));
    expect(otherwise.filter((path) => !path.startsWith("test/servers/"))).toEqual([
      "test/cli/keep-compiled.test.ts",
      "test/end-to-end/package.test.ts",
      "test/house/contributing.test.ts",
      "test/state/many-processes.test.ts",
      "test/state/prefect.test.ts",
      "test/state/support/hold-to-promises.ts",
      "test/support/certificates.ts",
      "test/support/find-secrets.ts",
    ]);
  });
});
