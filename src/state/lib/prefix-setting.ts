import { z } from "zod";

/** Where in a bucket the objects lie. */
export const prefix = z
  .string()
  .regex(/^([\w.=-]+\/)*$/, "must be folders such as kpi/plant-7/, each ended by a slash")
  .default("kpi/")
  .describe("The folder in the bucket, ended by a slash");
