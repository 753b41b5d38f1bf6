import { createRequire } from "node:module";
import { KpiError } from "../../core/errors.js";

const load = createRequire(import.meta.url);

/** Loads a package that only this store needs and that does not come with kpi. Throws DEPENDENCY_MISSING. */
export function loadPackage<Module>(name: string, store: string, require: (name: string) => unknown = load): Module {
  try {
    return require(name) as Module;
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code !== "MODULE_NOT_FOUND" || !message.includes(`'${name}'`)) throw thrown;
    throw new KpiError("DEPENDENCY_MISSING", `Cannot open the state store "${store}": the package "${name}" is not installed`, {
      hint: `npm install ${name}`,
      cause: thrown,
    });
  }
}
