import type { StepContext } from "../core/node.js";

/** What a source reads into, and how it tells about it: the part of a step's context that a reader needs. */
export type ReadTarget = Pick<StepContext, "db" | "append" | "warn" | "progress" | "signal" | "ahead" | "files">;
