import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Proxies } from "../../../src/core/connection.js";
import type { InfluxClient } from "../../../src/influx/influx-client.js";
import connection from "../../../src/influx/influxdb-connection.js";

/** A client as the connection's settings make it. */
export async function openClient(
  settings: Record<string, unknown>,
  project = "/",
  proxies?: Proxies,
): Promise<InfluxClient & AsyncDisposable> {
  const given = connection.config.parse(settings);
  return connection.open(given, { name: "influx", project, cache: join(project, ".kpi/cache"), proxies });
}

/** Writes files of a folder: path → text or bytes. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
