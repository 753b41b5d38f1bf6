import { startFluxDouble } from "../../doubles/flux-double.js";
import { findInfluxd, startInfluxdb } from "../../servers/influxdb.js";
import { findDatafusion, startInfluxdb3 } from "../../servers/influxdb3.js";
import { openClient } from "./clients.js";
import { openFolder, type PointsSource } from "./open-folder.js";

/** A way by which points are read. */
export interface Dialect {
  readonly name: string;
  /** Null where what it needs is not installed. */
  readonly start: (() => Promise<PointsSource>) | null;
  /** What it cannot hold, in words of the cases. */
  readonly lacks: readonly string[];
  /** What it makes of a text's carriage return. */
  readonly returns: "kept" | "lost";
}

async function openInfluxdb1(influxd: string): Promise<PointsSource> {
  const server = await startInfluxdb(influxd);
  return {
    road: /^InfluxQL on InfluxDB 1\.6\.7/,
    hold: async (bucket, lines) => {
      await server.execute(`CREATE DATABASE "${bucket.replaceAll('"', '\\"')}"`);
      await server.write(bucket, lines);
    },
    drop: async (bucket) => void (await server.execute(`DROP DATABASE "${bucket}"`)),
    open: () => openClient({ url: server.url }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function openInfluxdb2(): Promise<PointsSource> {
  const server = await startFluxDouble();
  return {
    road: /^Flux on InfluxDB 2\.9\.1, for InfluxQL is not open here/,
    hold: (bucket, lines) => server.write(bucket, lines),
    open: () => openClient({ url: server.url, org: "o", token: "secret" }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function openInfluxdb3(python: string): Promise<PointsSource> {
  const server = await startInfluxdb3(python);
  return {
    road: /^SQL on InfluxDB 3/,
    hold: (bucket, lines) => server.write(bucket, lines),
    open: () => openClient({ url: server.url, token: "secret" }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** What a column of InfluxDB 1 cannot hold. */
const NOT_IN_1 = ["integers of 64 bits without a sign"];
const influxd = findInfluxd();
const python = findDatafusion();

/** What a table of InfluxDB 3 cannot hold. */
const NOT_IN_TABLES = [
  "a tag and a field of the same name",
  "integers and floats in different weeks as doubles",
  "a series that was always of floats, beside one that was of integers in another week",
];

/** All ways by which points are read; each holds to the same contract. */
export const DIALECTS: readonly Dialect[] = [
  { name: "a folder", start: () => openFolder(), lacks: [], returns: "kept" },
  { name: "a folder of gzip", start: () => openFolder(".lp.gz"), lacks: [], returns: "kept" },
  { name: "InfluxDB 1 by InfluxQL", start: influxd === null ? null : () => openInfluxdb1(influxd), lacks: NOT_IN_1, returns: "kept" },
  { name: "InfluxDB 2 by Flux", start: openInfluxdb2, lacks: [], returns: "lost" },
  { name: "InfluxDB 3 by SQL", start: python === null ? null : () => openInfluxdb3(python), lacks: NOT_IN_TABLES, returns: "kept" },
];
