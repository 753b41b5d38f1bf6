// Generated from the folders by scripts/generate-catalogue.mjs: npm run gen
import type { Catalogue } from "../core/catalogue.js";

export const catalogue = {
  extractors: {
    files: () => import("../extractors/files.js"),
    http: () => import("../extractors/http.js"),
    influxdb: () => import("../extractors/influxdb.js"),
    manual_input: () => import("../extractors/manual_input.js"),
  },
  transformers: {
    aggregate: () => import("../transformers/aggregate.js"),
    condition: () => import("../transformers/condition.js"),
    dedupe: () => import("../transformers/dedupe.js"),
    derive: () => import("../transformers/derive.js"),
    filter: () => import("../transformers/filter.js"),
    join: () => import("../transformers/join.js"),
    sql: () => import("../transformers/sql.js"),
  },
  loaders: {
    duckdb: () => import("../loaders/duckdb.js"),
    output: () => import("../loaders/output.js"),
  },
  connections: {
    http: () => import("../http/http-connection.js"),
    influxdb: () => import("../influx/influxdb-connection.js"),
  },
  stateStores: {
    duckdb: () => import("../state/duckdb.js"),
    file: () => import("../state/file.js"),
    gcs: () => import("../state/gcs.js"),
    memory: () => import("../state/memory.js"),
    postgres: () => import("../state/postgres.js"),
    prefect: () => import("../state/prefect.js"),
    s3: () => import("../state/s3.js"),
  },
} as const satisfies Catalogue;
