import { describe, expect, it } from "vitest";
import { loadProject } from "../../src/config/load-project.js";
import { catalogue } from "./support/catalogue.js";
import { folderOf } from "./support/project.js";

async function proxiesOf(env: Record<string, string>, dotenv = "") {
  const { project } = await loadProject({ env, cwd: folderOf({ "config.yaml": "", ".env": dotenv }), catalogue });
  return { ...project?.proxies, secrets: project?.secrets };
}

describe("the proxies of the environment", () => {
  it("are none where it names none", async () => {
    expect(await proxiesOf({})).toEqual({ http: null, https: null, except: "", secrets: [] });
  });

  it("come from upper-case and lower-case names, the latter first, and from .env", async () => {
    const env = { HTTP_PROXY: "http://a", http_proxy: "http://b", HTTPS_PROXY: "http://c", https_proxy: "" };
    expect(await proxiesOf(env, "NO_PROXY=plant.local")).toMatchObject({ http: "http://b", https: "http://c", except: "plant.local" });
  });

  it("keep their passwords secret, as they are written and as they are meant", async () => {
    const { secrets } = await proxiesOf({ HTTPS_PROXY: "http://ana:p%40ssword@proxy:3128", HTTP_PROXY: "ana:plain%word@proxy" });
    expect(secrets).toEqual(expect.arrayContaining(["p%40ssword", "p@ssword", "plain%word"]));
  });
});
