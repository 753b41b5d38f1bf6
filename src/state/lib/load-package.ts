import { KpiError } from "../../core/errors.js";

/** Loads a package that only this store needs and that does not come with kpi. Throws DEPENDENCY_MISSING. */
export async function loadPackage<Module>(name: string, store: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" || !message.includes(`'${name}'`)) throw thrown;
    throw new KpiError("DEPENDENCY_MISSING", `Cannot open the state store "${store}": the package "${name}" is not installed`, {
      hint: `npm install ${name}`,
      cause: thrown,
    });
  }
}
