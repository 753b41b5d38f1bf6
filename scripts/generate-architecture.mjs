// The import law (.dependency-cruiser.mjs) → the table of rooms in docs/architecture.md.
import { existsSync, readFileSync } from "node:fs";
import law from "../.dependency-cruiser.mjs";

const PAGE = "docs/architecture.md";
const HOLDS = {
  core: "the words: contracts, events, errors, time",
  files: "files that outlive a crash, and lock files",
  duckdb: "the data plane: workspace and warehouse",
  net: "the way to a server: TLS, proxies",
  influx: "InfluxDB: dialects, readers, the proof that a reply is whole",
  http: "requests to web services",
  prefect: "Prefect's API: blocks, leased concurrency limits",
  extractors: "one file per way to bring data in",
  transformers: "one file per way to make relations of relations",
  loaders: "one file per way to publish",
  state: "one file per place where cursors are kept",
  config: "read, parse and check what people write",
  pipelines: "the engine: planner, ledger, runner",
  app: "the composition root",
  cli: "grammar, commands, reporters; ends the process",
};

/** @returns {Promise<Record<string, string>>} content by path */
export async function generate() {
  const rules = law.forbidden.filter(({ name }) => name.endsWith("-knows-only-its-neighbours"));
  const rows = rules.flatMap(({ comment }) => {
    const [, room, may, because] = /^(\w+) may import (.*?): (.*)$/.exec(comment);
    if (HOLDS[room] === undefined) throw new Error(`scripts/generate-architecture.mjs does not say what "${room}" holds`);
    return existsSync(`src/${room}`) ? [`| \`${room}\` | ${HOLDS[room]} | ${may} | ${because} |`] : [];
  });
  const table = ["| room | holds | may import | because |", "|---|---|---|---|", ...rows].join("\n");
  const marks = /(<!-- rooms:begin -->\n)[\s\S]*?(<!-- rooms:end -->)/;
  const page = readFileSync(PAGE, "utf8").replace(marks, (_, begin, end) => `${begin}${table}\n${end}`);
  return { [PAGE]: page };
}
