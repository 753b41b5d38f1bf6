import { z } from "zod";
import { LONGEST_BACKOFF } from "../core/pipeline.js";
import { duration } from "./settings-types.js";

/** What a timer can hold. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The keys of a step that say how it is tried. */
export const patienceSettings = z.strictObject({
  retries: z.int().min(0).max(100).default(0).describe("How often the step is tried again where what failed may pass"),
  backoff: duration
    .refine((ms) => ms <= LONGEST_BACKOFF, "must be at most 5m")
    .prefault("2s")
    .describe("The pause before the second try; each further one is twice as long, up to 5m, less up to half of it by chance"),
  timeout: duration
    .refine((ms) => ms > 0 && ms <= LONGEST_TIMEOUT, "must be more than nothing and at most 24d")
    .optional()
    .describe("How long one try may take before it is interrupted; default: as long as it does"),
});
