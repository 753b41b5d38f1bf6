import { z } from "zod";
import { duration, timezone } from "./settings-types.js";

/** What `state` says besides the settings of its store. */
export const stateSettings = z.strictObject({
  store: z.string().default("file").describe("The type of store, or the name of one under `stores`"),
  name: z.string().min(1).default("{pipeline}").describe("The key under which a pipeline is kept; `{pipeline}` stands for its name"),
  lock_ttl: duration
    .prefault("60s")
    .refine((ms) => ms >= 1_000, "must be 1s or more")
    .describe("How long a lock outlives a holder that renews it no more; it is renewed every third of that"),
});

/** What a store under `stores` says besides its own settings. */
export const storeSettings = z.strictObject({
  store: z.string().describe("The type of store"),
  name: z.string().min(1).optional().describe("The key under which a pipeline is kept there; without it, as `state` says"),
});

const warehouseSettings = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => !/^(:|[a-z][a-z0-9+.-]+:)/i.test(path), "must be the path of a DuckDB file; other warehouses are not built yet")
    .default("data/kpi.duckdb")
    .describe("The DuckDB file the KPIs are published to, from the project's folder; made when it is not there"),
  wait: duration.prefault("60s").describe("How long another process's hold on the file is waited for"),
});

/** The top level of the configuration file; what a map holds is checked where it is read. */
export const projectSettings = z.strictObject({
  state: z.unknown().optional().describe("Where cursors are kept"),
  stores: z.unknown().optional().describe("Further stores by name, for `kpi state copy`"),
  warehouse: warehouseSettings.prefault({}).describe("Where KPIs are published"),
  connections: z.unknown().optional().describe("Outside systems by name"),
  pipelines: z.unknown().optional().describe("Pipelines by name"),
  timezone: timezone.default("UTC").describe("IANA time zone of pipelines that name none"),
});
