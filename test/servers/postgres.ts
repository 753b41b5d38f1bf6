import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { TEST_SECRETS } from "../support/test-secrets.js";
import { freePort } from "./free-port.js";
import { missing, type StateServer } from "./state-server.js";

const HOME = "/usr/lib/postgresql";
const PASSWORD = TEST_SECRETS.postgres;

/** The folder of Postgres's programs; null where there are none. With KPI_REQUIRE_SERVERS=1 that is an error. */
export function findPostgres(): string | null {
  const versions = existsSync(HOME) ? readdirSync(HOME) : [];
  const folder = versions.map((version) => join(HOME, version, "bin")).find((path) => existsSync(join(path, "initdb")));
  return folder ?? missing("Postgres", "apt-get install postgresql");
}

/** Postgres does not run as root. */
function asItsUser(program: string, args: readonly string[]): void {
  const [command, ...rest] = userInfo().uid === 0 ? ["runuser", "-u", "postgres", "--", program, ...args] : [program, ...args];
  execFileSync(command as string, rest, { stdio: ["ignore", "ignore", "pipe"], cwd: "/" });
}

/** Starts a Postgres on a free port in a folder of its own. It ends, with all it holds, when it is disposed. */
export async function startPostgres(programs: string): Promise<StateServer> {
  const folder = await mkdtemp(join(tmpdir(), "kpi-postgres-"));
  const data = join(folder, "data");
  const port = await freePort();
  await chmod(folder, 0o777);
  await writeFile(join(folder, "password"), PASSWORD, { mode: 0o644 });
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off`;
  const control = (...args: string[]) => asItsUser(join(programs, "pg_ctl"), ["-D", data, "-w", "-s", "-l", join(folder, "log"), ...args]);
  const start = () => control("-o", options, "start");
  asItsUser(join(programs, "initdb"), [
    ...["-D", data, "-A", "scram-sha-256", `--pwfile=${folder}/password`, "-U", "kpi", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
  ]);
  start();
  return {
    port,
    place: async (at = port) => ({
      url: `postgres://kpi:${encodeURIComponent(PASSWORD)}@127.0.0.1:${at}/postgres`,
      schema: `kpi_${randomBytes(4).toString("hex")}`,
      table: "state",
    }),
    restart: async () => {
      control("-m", "immediate", "stop");
      start();
    },
    [Symbol.asyncDispose]: async () => {
      control("-m", "immediate", "stop");
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
