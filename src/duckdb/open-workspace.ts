import type { Workspace } from "../core/database.js";
import { qualify, quoteLiteral } from "../core/sql.js";
import { Connection } from "./connection.js";
import { type Fence, fenceStatements } from "./fence.js";
import { makeFolder } from "./make-folder.js";
import { MemoryInstance } from "./memory-instance.js";
import { WorkspaceMemory } from "./workspace-memory.js";

export interface WorkspaceOptions {
  /** A folder of the run's own, absolute, for spilling and for what steps leave; made where it is missing. */
  readonly scratch: string;
  /** What else SQL may read and write. */
  readonly fence: Fence;
  /** DuckDB's threads until `allThreads` is called; one for each processor unless told. */
  readonly threads?: number;
}

/** Views are kept as tables of their rows: what they read of may be left out. */
async function keepTables(db: Connection, path: string, without: string): Promise<void> {
  await db.run(`ATTACH ${quoteLiteral(path)} AS kept`);
  const made = await db.rows<{ schema: string; name: string }>(
    `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
      WHERE table_catalog = 'memory' AND table_schema NOT IN ('information_schema', 'pg_catalog', ${quoteLiteral(without)})`,
  );
  for (const { schema, name } of made) {
    await db.run(`CREATE SCHEMA IF NOT EXISTS ${qualify("kept", schema)}`);
    await db.run(`CREATE TABLE ${qualify("kept", schema, name)} AS FROM ${qualify("memory", schema, name)}`);
  }
  await db.run("CHECKPOINT kept");
  await db.run("DETACH kept");
}

/** Opens a run's scratch DuckDB, in UTC and behind the fence: SQL of a pipeline file sees `scratch`, what the fence lists, and nothing else. */
export async function openWorkspace({ scratch, fence, threads }: WorkspaceOptions): Promise<Workspace> {
  await makeFolder(scratch);
  const instance = await MemoryInstance.create({
    temp_directory: `${scratch}/spill`,
    memory_limit: `${WorkspaceMemory.first}MiB`,
    autoinstall_known_extensions: "false",
    ...(threads !== undefined && { threads: String(threads) }),
  });
  const first = new Connection(await instance.connect());
  const settings = [
    "SET GLOBAL TimeZone = 'UTC'",
    // so that letting go of a warehouse writes nothing: a checkpoint is made where it can be rolled back
    "PRAGMA disable_checkpoint_on_shutdown",
    "SET allowed_configs = ['memory_limit', 'threads']",
    ...fenceStatements({ folders: [scratch, ...fence.folders], files: fence.files }),
  ];
  await first.run(settings.join("; "));
  const memory = new WorkspaceMemory((limit) => first.run(`SET GLOBAL memory_limit = '${limit}'`));
  let few = threads !== undefined;
  return {
    catalog: "memory",
    scratch,
    connect: async (signal) => new Connection(await instance.connect(), signal, memory),
    allow: (mebibytes) => memory.raise(mebibytes),
    allThreads: async () => {
      if (few) await first.run("RESET GLOBAL threads");
      few = false;
    },
    keep: (path, without) => keepTables(first, path, without),
    close: async () => {
      await first[Symbol.asyncDispose]();
      await instance.close();
    },
  };
}
