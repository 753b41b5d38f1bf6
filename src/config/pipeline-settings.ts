import { z } from "zod";
import { notifySettings } from "./notify-settings.js";
import { duration, timezone } from "./settings-types.js";

const EVERY = ["5m", "10m", "15m", "20m", "30m", "1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d"] as const;

const BEGIN = "must be previous, a duration such as 48h, a date, or a time with its offset such as 2026-01-01T00:00:00Z";
const BEGIN_FORMS = /^(previous|(\d+(ms|s|m|h|d|w))+|\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?)$/;

const late = z
  .union(
    [
      duration.transform((window) => ({ window, by: "count" as const })),
      z.strictObject({
        window: duration.describe("How far back, from the last settled window"),
        by: z
          .enum(["count", "sum"])
          .default("count")
          .describe("count: points that came or went; sum: also points that were overwritten, told by the sums of their values"),
      }),
    ],
    "must be a duration such as 48h, or { window: 48h, by: sum }",
  )
  .describe(
    "How far back a run compares the source's own counts with those of loaded windows, and does again what changed; default: not at all",
  );

/** The keys of a pipeline, without what its steps say. */
export const pipelineSettings = z.strictObject({
  description: z.string().optional().describe("What the pipeline is for"),
  every: z
    .enum(EVERY)
    .optional()
    .describe("The window's size: minutes and hours are aligned in UTC, `1d` in `timezone`. Without it the pipeline is a workflow"),
  timezone: timezone.optional().describe("IANA time zone of local days and bare dates; default: that of the file, else UTC"),
  begin: z
    .string(BEGIN)
    .regex(BEGIN_FORMS, BEGIN)
    .default("previous")
    .describe("Where a pipeline without history starts: `previous` (the last settled window), so long ago, a date or a time"),
  settle: duration.prefault("0s").describe("A window is due when it has been over for this long"),
  late: late.optional(),
  lookback: duration.optional().describe("So much before the first window that is due is done again with it; default: nothing"),
  batch: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe("The most windows that are extracted and committed together; default: 24, and in a backfill up to a week of few points"),
  max_attempts: z.int().min(1).default(24).describe("How often a failed window is tried"),
  lock_wait: duration.prefault("60s").describe("How long a run waits for its turn while a backfill publishes"),
  allow_empty: z.boolean().default(false).describe("Whether a window's rows may be replaced by none"),
  max_parallel: z.int().min(1).max(64).default(4).describe("How many steps may run at the same time"),
  max_duration: duration.optional().describe("A run stops after this long, with what it has committed; default: never"),
  notify: notifySettings,
  state: z
    .strictObject({ name: z.string().min(1).optional().describe("The key in the state store; default: `state.name` of the file") })
    .optional()
    .describe("`{ name: … }`: the key of this pipeline in the state store"),
  steps: z.record(z.string(), z.unknown()).describe("The steps by id: lower-case letters, digits and `_`, no SQL keyword"),
});

export type PipelineSettings = z.output<typeof pipelineSettings>;

/** What only a pipeline with `every` can have. */
export const WINDOWED_KEYS = [
  "timezone",
  "begin",
  "settle",
  "late",
  "lookback",
  "batch",
  "max_attempts",
  "lock_wait",
  "allow_empty",
] as const;
