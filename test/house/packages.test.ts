import { describe, expect, it } from "vitest";
import { read } from "./support/files.js";

interface LockEntry {
  readonly version: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const packages: Readonly<Record<string, LockEntry>> = JSON.parse(read("package-lock.json")).packages;
const manifest: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(read("package.json"));
const entries = Object.entries(packages).filter(([path]) => path !== "");

describe("the lockfile", () => {
  it("names the binaries of every platform that a package offers", () => {
    const binary = /(darwin|linux|win32|windows)/;
    const offered = entries.flatMap(([owner, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => binary.test(name))
        .map((name) => ({ owner, name })),
    );
    const has = (owner: string, name: string) => `${owner}/node_modules/${name}` in packages || `node_modules/${name}` in packages;
    expect(offered.length).toBeGreaterThan(20);
    expect(offered.filter(({ owner, name }) => !has(owner, name))).toEqual([]);
    for (const platform of ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"])
      expect(packages).toHaveProperty([`node_modules/@duckdb/node-bindings-${platform}`]);
  });

  it("knows the checksum of every package", () => {
    expect(entries.filter(([, { integrity, link }]) => integrity === undefined && !link).map(([path]) => path)).toEqual([]);
  });

  it("brings at most 40 packages to those who use kpi", () => {
    const shipped = entries.filter(([path, { dev, optional }]) => !dev && !(optional && /(darwin|linux|win32)/.test(path)));
    expect(shipped.length).toBeLessThanOrEqual(40);
    expect(shipped.length).toBeGreaterThan(5);
  });
});

describe("package.json", () => {
  it("pins every version exactly", () => {
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(Object.entries(wanted).filter(([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });
});
