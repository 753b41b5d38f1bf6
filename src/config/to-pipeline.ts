import type { Pipeline, Step } from "../core/pipeline.js";
import { parseDuration } from "../core/time.js";
import type { WholeStep } from "./draft-step.js";
import type { Field } from "./field.js";
import { toHooks } from "./notify-settings.js";
import { omitPaths } from "./omit-paths.js";
import type { PipelineSettings } from "./pipeline-settings.js";
import { readBegin } from "./read-begin.js";

const BATCH = 24;
const WEEK = 7 * 86_400_000;

interface Parts {
  readonly name: string;
  readonly field: Field;
  readonly settings: PipelineSettings;
  /** In order. */
  readonly steps: readonly WholeStep[];
  readonly flow: string;
  readonly stateName: string;
  readonly timezone: string;
}

/** Makes a pipeline of its parts and the defaults; null after an error. */
export function toPipeline({ name, field, settings, steps, flow, stateName, timezone }: Parts): Pipeline | null {
  const facts = {
    name,
    steps: steps.map(toStep),
    flow,
    stateName,
    maxParallel: settings.max_parallel,
    maxDuration: settings.max_duration ?? null,
    notify: settings.notify.length === 0 ? undefined : toHooks(settings.notify),
    place: field.place,
  };
  const { every } = settings;
  if (every === undefined) return { kind: "workflow", ...facts };
  const begin = readBegin(settings.begin, timezone);
  if (begin === null) return field.reach(["begin"]).error(`Cannot use "${settings.begin}" as "begin": there is no such date`);
  return {
    kind: "windowed",
    ...facts,
    every,
    timezone,
    begin,
    settle: settings.settle,
    late: settings.late,
    lookback: settings.lookback,
    batch: settings.batch ?? BATCH,
    ...(settings.batch === undefined && { longBatch: WEEK / (parseDuration(every) ?? WEEK) }),
    maxAttempts: settings.max_attempts,
    lockWait: settings.lock_wait,
    allowEmpty: settings.allow_empty,
  };
}

function toStep({ id, field, node, settings, secrets, inputs, connection, checks, patience }: WholeStep): Step {
  const facts = {
    id,
    settings,
    publicSettings: omitPaths(settings, secrets),
    from: inputs.map(({ alias, step, port }) => ({ alias, step, port })),
    connection: connection === null ? null : String(connection.value).normalize("NFC"),
    checks,
    patience,
    place: field.place,
  };
  switch (node.role) {
    case "extract":
      return { ...facts, role: node.role, node };
    case "transform":
      return { ...facts, role: node.role, node };
    case "load":
      return { ...facts, role: node.role, node };
  }
}
