import { z } from "zod";
import type { Hook } from "../core/pipeline.js";
import { duration } from "./settings-types.js";

const EVENTS = ["failure", "recovery", "late"] as const;

const hook = z
  .strictObject({
    on: z
      .union(
        [z.enum(EVENTS).transform((event) => [event]), z.array(z.enum(EVENTS))],
        `must be one of ${EVENTS.join(", ")}, or a list of them`,
      )
      .default(["failure", "recovery"])
      .describe(
        "`failure`: a run failed; `recovery`: one went well after others that failed; `late`: late data changed hours that were loaded",
      ),
    silence: duration.optional().describe("Also when nothing has come from the source for so long, once; default: never"),
    command: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("A program and its arguments, run in the project's folder without a shell; it gets the JSON document on stdin"),
    webhook: z.url("must be an address").optional().meta({ secret: true }).describe("An address that gets the JSON document by POST"),
    timeout: duration.prefault("10s").describe("How long it may take"),
  })
  .refine(({ command, webhook }) => (command === undefined) !== (webhook === undefined), "must have either `command` or `webhook`");

/** `notify:` of a pipeline. */
export const notifySettings = z.array(hook).default([]).describe("What is called after a run of `kpi run`; it never fails the run");

/** The hooks as the engine calls them. */
export function toHooks(settings: z.output<typeof notifySettings>): Hook[] {
  return settings.map(({ on, silence, timeout, command, webhook }) => ({
    on,
    silence: silence ?? null,
    timeout,
    call: command ?? webhook ?? "",
  }));
}
