#!/usr/bin/env node
// CommonJS (see package.json beside it), as is dist: an ES module as entry would start libuv's threads before their number can be set.
"use strict";

const [major, minor] = process.versions.node.split(".").map(Number);
const { existsSync } = require("node:fs");
const { enableCompileCache } = require("node:module");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const dist = join(__dirname, "..", "dist");
const words = process.argv.slice(2);

/** Each DuckDB query occupies a thread: with the usual four, a few of them starve everything else. Starting sixteen is not for nothing, though. */
function raiseThreads() {
  const light = words.some((word) => /^(-h|--help|-V|--version)$/.test(word));
  if (!light && !(Number(process.env.UV_THREADPOOL_SIZE) >= 16)) process.env.UV_THREADPOOL_SIZE = "16";
}

/** For Node 20; newer ones do both by themselves. Its V8 optimizes what half a second's run does two thousand times, and that costs more than it saves. */
function spareCompiling() {
  setFlagsFromString("--interrupt-budget=1000000");
  require("./keep-compiled.js")(dist);
}

async function start() {
  if (enableCompileCache !== undefined) enableCompileCache();
  else spareCompiling();
  const { main } = require("../dist/cli/main.js");
  process.exitCode = await main(words, process);
}

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: kpi needs Node 20.19 or newer: this is ${process.version}\n`);
  process.exitCode = 70;
} else if (!existsSync(join(dist, "cli", "main.js"))) {
  process.stderr.write("error: kpi is not built: dist is missing\n  Try: npm run build\n");
  process.exitCode = 70;
} else {
  raiseThreads();
  start().catch((error) => {
    process.stderr.write(`error: kpi cannot start: ${error.message}\n  Try: npm ci && npm run build\n`);
    process.exitCode = 70;
  });
}
