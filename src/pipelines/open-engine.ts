import type { Engine } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import { nearest } from "../core/nearest.js";
import type { Pipeline } from "../core/pipeline.js";
import { parseInstant } from "../core/time.js";
import { hoursReport } from "./hours-report.js";
import { openGrid } from "./open-grid.js";
import { planReport } from "./plan-report.js";
import { run } from "./run.js";
import { openRuns } from "./runs.js";
import type { EngineParts } from "./session.js";
import { showPublished } from "./show-published.js";
import { resetState, setState, showState, skipWindow } from "./state-verbs.js";

/** The engine over the parts that the composition root hands in. */
export function openEngine(parts: EngineParts): Engine {
  return {
    project: parts.project,
    pipeline: (name) => findPipeline(parts.project.pipelines, name),
    run: (pipeline, options) => run(parts, pipeline, options),
    plan: (pipeline, options) => planReport(parts, pipeline, options),
    state: {
      show: (pipeline) => showState(parts, pipeline),
      set: (pipeline, hour, options) => setState(parts, pipeline, hour, options),
      reset: (pipeline, from, options) => resetState(parts, pipeline, from, options),
      skip: (pipeline, hour, options) => skipWindow(parts, pipeline, hour, options),
    },
    hours: (pipeline, options) => hoursReport(parts, pipeline, options),
    runs: openRuns(parts),
    show: (pipeline, options) => showPublished(parts, pipeline, options),
    moment: async (pipeline, text) => {
      if (pipeline.kind === "workflow") return parseInstant(text);
      return parseInstant(text) ?? (await openGrid(pipeline.every, pipeline.timezone)).midnight(text);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function findPipeline(pipelines: ReadonlyMap<string, Pipeline>, name: string | undefined): Pipeline {
  const names = [...pipelines.keys()];
  const found = name === undefined ? onlyOne([...pipelines.values()]) : pipelines.get(name);
  if (found !== undefined) return found;
  if (name === undefined)
    throw new KpiError("USAGE", "Cannot tell which pipeline is meant: there is more than one", {
      hint: `Name one of: ${names.join(", ")}`,
    });
  const near = nearest(name, names);
  throw new KpiError("UNKNOWN_PIPELINE", `Cannot find the pipeline "${name}": it is not in the configuration`, {
    hint: near === undefined ? `Configured are: ${names.join(", ")}` : `Did you mean "${near}"?`,
  });
}

/** With one windowed pipeline, that one is meant, whatever workflows lie beside it. */
function onlyOne(pipelines: readonly Pipeline[]): Pipeline | undefined {
  const windowed = pipelines.filter(({ kind }) => kind === "windowed");
  if (pipelines.length === 1) return pipelines[0];
  return windowed.length === 1 ? windowed[0] : undefined;
}
