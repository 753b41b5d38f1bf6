#!/usr/bin/env node
// CommonJS (see package.json beside it): an ES module as entry would start libuv's threads before their number can be set.
"use strict";

const [major, minor] = process.versions.node.split(".").map(Number);
const main = `${__dirname}/../dist/cli/main.js`;
const words = process.argv.slice(2);

/** Each DuckDB query occupies a thread: with the usual four, a few of them starve everything else. Starting sixteen is not for nothing, though. */
function raiseThreads() {
  const light = words.some((word) => /^(-h|--help|-V|--version)$/.test(word));
  if (!light && !(Number(process.env.UV_THREADPOOL_SIZE) >= 16)) process.env.UV_THREADPOOL_SIZE = "16";
}

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: kpi needs Node 20.19 or newer: this is ${process.version}\n`);
  process.exitCode = 70;
} else if (!require("node:fs").existsSync(main)) {
  process.stderr.write("error: kpi is not built: dist is missing\n  Try: npm run build\n");
  process.exitCode = 70;
} else {
  raiseThreads();
  require("node:module").enableCompileCache?.();
  import("../dist/cli/main.js").then(
    async ({ main }) => {
      process.exitCode = await main(words, process);
    },
    (error) => {
      process.stderr.write(`error: kpi cannot start: ${error.message}\n  Try: npm ci && npm run build\n`);
      process.exitCode = 70;
    },
  );
}
