/**
 * The import law: who may know whom, and why (docs/architecture.md draws it).
 * A room is a folder of src/. What is not listed is forbidden, for types too.
 */
const ROOMS = {
  core: { may: [], because: "it is the vocabulary; the console shares its types" },
  files: { may: ["core"], because: "what must outlive a crash, or let one process work at a time, is the same for every room" },
  duckdb: { may: ["core", "files"], because: "one outside system behind one door" },
  net: { may: ["core"], because: "the way to a server is the same for every door: authorities, proxies, a bounded number of connections" },
  influx: { may: ["core", "net"], because: "one outside system behind one door" },
  http: { may: ["core", "net"], because: "one outside system behind one door" },
  prefect: { may: ["core"], because: "one outside system behind one door" },
  extractors: { may: ["core", "influx", "http"], because: "a node knows the contracts and the door of the one system it speaks to" },
  transformers: { may: ["core"], because: "a node is given all it needs" },
  loaders: { may: ["core"], because: "a node is given all it needs" },
  state: { may: ["core", "files", "duckdb", "prefect"], because: "a store may live in one of those systems" },
  config: { may: ["core"], because: "it is handed the catalogue it checks against" },
  pipelines: { may: ["core"], because: "the engine sees only contracts" },
  app: {
    may: ["core", "files", "duckdb", "influx", "http", "prefect", "extractors", "transformers", "loaders", "state", "config", "pipelines"],
    because: "the one place where concrete things meet",
  },
  cli: { may: ["core", "app"], because: "it opens the engine, hands it to a command, ends the process" },
};

/** Packages have owners: nobody else imports them. */
const OWNERS = {
  "@duckdb/": ["duckdb"],
  "@influxdata/": ["influx"],
  commander: ["cli"],
  chalk: ["cli"],
  ora: ["cli"],
  yaml: ["config"],
  dotenv: ["config"],
  "temporal-polyfill": ["pipelines"],
  pg: ["state"],
  aws4fetch: ["state"],
};

/** Rooms whose files are nodes: none imports another of its own room, except what lies in the room's lib/. */
const NODE_ROOMS = ["extractors", "transformers", "loaders"];

const rooms = Object.entries(ROOMS).map(([room, { may, because }]) => ({
  name: `${room}-knows-only-its-neighbours`,
  comment: `${room} may import ${may.join(", ") || "nothing"}: ${because}`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { path: "^src/", pathNot: `^src/(${[room, ...may].join("|")})/` },
}));

const owners = Object.entries(OWNERS).map(([name, owner]) => ({
  name: `${name.replace(/\W/g, "")}-has-an-owner`,
  comment: `${name} is imported by ${owner.join(", ")} alone`,
  severity: "error",
  from: { path: "^src/", pathNot: `^src/(${owner.join("|")})/` },
  to: { path: `node_modules/${name}` },
}));

const nodes = NODE_ROOMS.map((room) => ({
  name: `${room}-do-not-know-each-other`,
  comment: "what two nodes share is a door's or core's, or lies in the room's lib/",
  severity: "error",
  from: { path: `^src/${room}/[^/]+\\.ts$` },
  to: { path: `^src/${room}/[^/]+\\.ts$` },
}));

export default {
  forbidden: [
    { name: "no-cycle", comment: "types included", severity: "error", from: {}, to: { circular: true } },
    {
      name: "core-has-no-effects",
      comment: "core may import zod, nothing else",
      severity: "error",
      from: { path: "^src/core/" },
      to: { dependencyTypes: ["core", "npm", "npm-dev"], pathNot: "node_modules/zod" },
    },
    {
      name: "src-ships-alone",
      comment: "src never imports test, scripts or packages that are not shipped",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|scripts|bench)/" },
    },
    {
      name: "only-shipped-packages",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "unknown"], dependencyTypesNot: ["npm-peer"] },
    },
    ...rooms,
    ...owners,
    ...nodes,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js"],
      extensionAlias: { ".js": [".ts", ".js"] },
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types"],
    },
  },
};
