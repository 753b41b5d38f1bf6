"use strict";

const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join, sep } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");
const { crc32 } = require("node:zlib");

const SUM = 4;

/** Over both, as V8 looks for itself neither at the bytes nor at more of the source than its length. */
const sumOf = (data, source) => crc32(data, crc32(source));

/** What V8 made of a source before; undefined where it has not been kept, or not kept whole. */
function read(file, source) {
  try {
    const kept = readFileSync(file);
    const data = kept.subarray(SUM);
    return kept.readUInt32LE() === sumOf(data, source) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what can be kept: a folder that cannot be written, or is gone, costs the next start some time and nothing else. */
function write(folder, scripts) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code !== "EEXIST") return;
  }
  for (const [file, { script, source }] of scripts) {
    const half = `${file}.${process.pid}`;
    try {
      const data = script.createCachedData();
      const sum = Buffer.alloc(SUM);
      sum.writeUInt32LE(sumOf(data, source));
      writeFileSync(half, Buffer.concat([sum, data]));
      renameSync(half, file);
    } catch {
      return;
    }
  }
}

/** Compiles the files of `dist` from what V8 made of them before, kept beside them by the process that first loaded each. V8 refuses what another version of it made. */
module.exports = function keepCompiled(dist) {
  const folder = join(dist, ".compiled", process.version);
  const fresh = new Map();
  // what a garbage collection throws away could not be kept at the end
  setFlagsFromString("--no-flush-bytecode");
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, filename) {
    if (!filename.startsWith(dist + sep)) return compile.call(this, content, filename);
    const file = join(folder, filename.slice(dist.length + 1).replaceAll(sep, "+"));
    const source = `(function (exports, require, module, __filename, __dirname) {${content}\n})`;
    const script = new Script(source, { filename, cachedData: read(file, source) });
    if (script.cachedDataRejected !== false) fresh.set(file, { script, source });
    const require = Module.createRequire(filename);
    return script.runInThisContext().call(this.exports, this.exports, require, this, filename, dirname(filename));
  };
  process.on("exit", () => {
    if (fresh.size > 0) write(folder, fresh);
  });
};
