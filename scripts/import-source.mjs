// Lets scripts import the sources as they are, without a build: register first, then import("../src/….ts").
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);

/** @param {string} path from the project's folder, such as `src/app/catalogue.gen.ts` */
export function importSource(path) {
  return import(new URL(`../${path}`, import.meta.url).href);
}
