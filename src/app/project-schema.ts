import { projectSchema } from "../config/project-schema.js";
import { catalogue } from "./catalogue.gen.js";

/** The JSON Schema (draft 7) of a configuration file, with every node there is. */
export function schema(): Promise<object> {
  return projectSchema(catalogue);
}
