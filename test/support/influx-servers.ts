import { startFluxDouble } from "../doubles/flux-double.js";
import { findInfluxd, startInfluxdb } from "../servers/influxdb.js";
import { findDatafusion, startInfluxdb3 } from "../servers/influxdb3.js";

/** A server of a kind, for runs of kpi. Its token, where it asks for one, is `secret`. */
export interface InfluxKind {
  readonly name: string;
  /** Whether what it needs is installed. */
  readonly found: boolean;
  /** How `plan --explain` calls the way by which it is read. */
  readonly road: string;
  /** Starts one that has, or makes, a bucket of this name. */
  start(bucket: string): Promise<AsyncDisposable & { readonly url: string; write(bucket: string, lines: string): Promise<void> }>;
}

const influxd = findInfluxd();
const python = findDatafusion();

export const INFLUX_KINDS: readonly InfluxKind[] = [
  {
    name: "a real InfluxDB 1",
    found: influxd !== null,
    road: "InfluxQL on InfluxDB 1.6.7",
    start: async (bucket) => {
      const server = await startInfluxdb(influxd ?? "");
      await server.execute(`CREATE DATABASE "${bucket}"`);
      return server;
    },
  },
  {
    name: "an InfluxDB 2 that is asked by Flux",
    found: true,
    road: "Flux on InfluxDB 2.9.1, for InfluxQL is not open here",
    start: startFluxDouble,
  },
  {
    name: "an InfluxDB 3 whose SQL a real DataFusion runs",
    found: python !== null,
    road: "SQL on InfluxDB 3.10.1",
    start: () => startInfluxdb3(python ?? ""),
  },
];
