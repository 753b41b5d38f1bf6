import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { KpiError } from "../core/errors.js";

interface ConfigPlace {
  /** Absolute. */
  readonly file: string;
  /** The project's folder: that of the file, or its parent if that is named `config`. */
  readonly root: string;
}

/** Finds the configuration file: the one asked for, else `KPI_CONFIG`, `config/config.yaml`, `config.yaml`. Throws CONFIG_NOT_FOUND. */
export function findConfig(asked: string | undefined, cwd: string): ConfigPlace {
  const places = asked ? [asked] : [join("config", "config.yaml"), "config.yaml"];
  const file = places.map((place) => resolve(cwd, place)).find((place) => existsSync(place));
  if (file === undefined) {
    const looked = asked ? `"${asked}": it is not there` : `in "${cwd}": neither ${places.join(" nor ")} is there`;
    throw new KpiError("CONFIG_NOT_FOUND", `Cannot find the configuration ${looked}`, {
      hint: asked
        ? `Looked at ${resolve(cwd, asked)}; --config FILE or KPI_CONFIG names another`
        : "Start kpi in the project's folder, or name the file with --config FILE or KPI_CONFIG",
    });
  }
  const folder = dirname(file);
  return { file, root: basename(folder) === "config" ? dirname(folder) : folder };
}

/** A path as a person started in `cwd` would write it: relative if it lies inside. */
export function showPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short === ".." || short.startsWith(`..${sep}`) || isAbsolute(short) ? path : short;
}
