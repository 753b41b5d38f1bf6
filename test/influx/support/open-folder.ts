import { gzipSync } from "node:zlib";
import type { InfluxClient } from "../../../src/influx/influx-client.js";
import { openClient, writeFiles } from "./clients.js";
import { temporaryFolder } from "./read-points.js";

/** Where points can be put and read from again. */
export interface PointsSource extends AsyncDisposable {
  /** What `plan --explain` calls the way by which points are read from it. */
  readonly road: RegExp;
  /** Makes a bucket that holds these lines. */
  hold(bucket: string, lines: string): Promise<void>;
  /** Takes the bucket away again, where thousands of them would weigh on the server. */
  drop?(bucket: string): Promise<void>;
  open(): Promise<InfluxClient & AsyncDisposable>;
}

/** A folder of line protocol. */
export async function openFolder(ending: ".lp" | ".lp.gz" = ".lp"): Promise<PointsSource> {
  const folder = await temporaryFolder();
  return {
    road: /^scan \d+ files? of /,
    hold: (bucket, lines) =>
      writeFiles(folder.path, { [`${bucket}/a${ending}`]: ending === ".lp" ? `${lines}\n` : gzipSync(`${lines}\n`) }),
    open: () => openClient({ url: `file:${folder.path}` }, folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
