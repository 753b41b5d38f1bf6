import type { Catalogue } from "../core/catalogue.js";
import type { Pipeline } from "../core/pipeline.js";
import { checkChecks } from "./check-checks.js";
import { checkConnection } from "./check-connection.js";
import { checkFlow } from "./check-flow.js";
import { checkInputs } from "./check-inputs.js";
import { checkPublishing, checkTables, type Tables } from "./check-publishing.js";
import { checkStateName, type StateNames } from "./check-state-name.js";
import { checkWorkflow } from "./check-workflow.js";
import { type DraftStep, isWhole } from "./draft-step.js";
import { type Field, isMap } from "./field.js";
import { writeFlow } from "./flow.js";
import { orderSteps } from "./order-steps.js";
import { parseSettings } from "./parse-settings.js";
import { pipelineSettings } from "./pipeline-settings.js";
import type { DraftConnection } from "./read-connections.js";
import { readStep } from "./read-step.js";
import { toPipeline } from "./to-pipeline.js";

export interface PipelineContext {
  readonly catalogue: Catalogue;
  readonly connections: ReadonlyMap<string, DraftConnection>;
  readonly timezone: string;
  /** What the pipelines read so far have taken. */
  readonly tables: Tables;
  readonly stateNames: StateNames;
}

const MOST_STEPS = 500;

/** Reads and checks one pipeline; null after an error. */
export async function readPipeline(name: string, field: Field, context: PipelineContext): Promise<Pipeline | null> {
  const { findings } = field;
  const before = findings.count;
  const settings = parseSettings(pipelineSettings, field, { noun: `pipeline "${name}"` });
  const stateName = checkStateName(name, field, settings?.state?.name, context.stateNames);
  const steps = await readSteps(name, field.get("steps"), context.catalogue);
  const windowed = field.get("every") !== null;
  if (!windowed) checkWorkflow(field, steps);
  checkInputs(steps);
  checkChecks(steps, windowed);
  checkTables(name, steps, context.tables);
  for (const step of steps) checkConnection(step, context.connections);
  const whole = steps.filter(isWhole);
  if (settings === null || whole.length < steps.length || findings.count > before) return null;
  const ordered = orderSteps(whole);
  if (ordered === null) return null;
  checkPublishing(field, ordered, windowed);
  const flow = writeFlow(ordered);
  checkFlow(field, ordered, flow);
  return toPipeline({ name, field, settings, steps: ordered, flow, stateName, timezone: settings.timezone ?? context.timezone });
}

async function readSteps(pipeline: string, field: Field | null, catalogue: Catalogue): Promise<DraftStep[]> {
  if (field === null || !isMap(field.value)) return [];
  const { entries } = field;
  if (entries.length === 0) field.keyError(`Cannot use pipeline "${pipeline}": it has no steps`);
  if (entries.length > MOST_STEPS) field.keyError(`Cannot use pipeline "${pipeline}": it has more than ${MOST_STEPS} steps`);
  const steps: DraftStep[] = [];
  for (const [id, step] of entries.slice(0, MOST_STEPS)) steps.push(await readStep(id, step, catalogue));
  return steps;
}
