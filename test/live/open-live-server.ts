import { openTargetServer, type TargetServer } from "./target-server.js";

export interface LiveServer extends TargetServer {
  /** Makes a bucket, or a database, with a name of its own. */
  makeBucket(): Promise<string>;
}

/** The server of the environment. `npm run test:live` gives the prefix of all buckets, and drops them however the suite ends. */
export async function openLiveServer(env: NodeJS.ProcessEnv): Promise<LiveServer> {
  const prefix = env.KPI_LIVE_PREFIX;
  if (prefix === undefined) throw new Error("The live suite is run by `npm run test:live`, which drops what it makes");
  const server = await openTargetServer(env);
  let made = 0;
  const makeBucket = async () => {
    const name = `${prefix}_${process.pid}_${made++}`;
    await server.make(name);
    return name;
  };
  return { ...server, makeBucket };
}
