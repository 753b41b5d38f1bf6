import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openGoogleToken } from "../../src/state/lib/google-token.js";
import { removeFolder } from "../support/find-secrets.js";
import { openJsonServer } from "../support/json-server.js";
import { holdToPromises } from "./support/hold-to-promises.js";
import { openServerStore } from "./support/server-stores.js";

holdToPromises("gcs", (server) => {
  it("says when the bucket is not there", async () => {
    await using store = await openServerStore("gcs", { ...(await server().place()), bucket: "elsewhere" });
    await expect(store.write("p", { last_processed_hour: null, first_hour: null }, null, "a")).rejects.toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message: expect.stringContaining("gs://elsewhere/kpi/"),
    });
  });

  it("takes the key of a service account from a file too, and says when it is refused", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kpi-gcs-"));
    try {
      const { credentials, ...place } = await server().place();
      writeFileSync(join(folder, "key.json"), String(credentials));
      await using store = await openServerStore("gcs", { ...place, credentials: join(folder, "key.json") });
      expect(await store.read("p")).toBe(null);
      const { generateKeyPairSync } = await import("node:crypto");
      const other = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({ type: "pkcs8", format: "pem" });
      const forged = JSON.stringify({ ...JSON.parse(String(credentials)), private_key: other });
      await using refused = await openServerStore("gcs", { ...place, credentials: forged });
      await expect(refused.read("p")).rejects.toMatchObject({ code: "CREDENTIALS_REFUSED", exit: 77 });
    } finally {
      removeFolder(folder, [], ["key.json"]);
    }
  });
});

describe("tokens of Google", () => {
  it("come from the metadata server without credentials, and are asked for once", async () => {
    await using server = await openJsonServer();
    server.answer(() => ({ access_token: "ya29.one", expires_in: 3_600 }));
    const token = openGoogleToken(undefined, "/nowhere", server.url);
    expect(await Promise.all([token(), token()])).toEqual(["ya29.one", "ya29.one"]);
    expect(server.asked.map(({ url, headers }) => [url, headers["metadata-flavor"]])).toEqual([
      ["/computeMetadata/v1/instance/service-accounts/default/token", "Google"],
    ]);
  });

  it("are asked for anew when they end, or were not given", async () => {
    await using server = await openJsonServer();
    let asked = 0;
    server.answer((_, response) => {
      asked += 1;
      return asked === 1 ? void response.writeHead(403).end() : { access_token: `ya29.${asked}`, expires_in: 60 };
    });
    const token = openGoogleToken(undefined, "/nowhere", server.url);
    await expect(token()).rejects.toMatchObject({ code: "CREDENTIALS_REFUSED" });
    expect([await token(), await token()]).toEqual(["ya29.2", "ya29.3"]);
  });

  it.each([
    ["/nowhere/key.json", 'Cannot read the credentials in "/nowhere/key.json": there is no such file'],
    ['{"private_key":"s3cret"', "Cannot read the credentials in state.credentials: it is no key of a service account"],
  ])("need a key that is one: %s", (credentials, message) => {
    expect(() => openGoogleToken(credentials, "/")).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", message }));
  });
});
