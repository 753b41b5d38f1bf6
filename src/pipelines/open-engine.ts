import type { Engine } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import { nearest } from "../core/nearest.js";
import type { Pipeline } from "../core/pipeline.js";
import { parseInstant } from "../core/time.js";
import { openRuns } from "./runs.js";
import type { EngineParts } from "./session.js";

/** The engine over the parts that the composition root hands in. What a command asks of it is loaded when it asks: `run` starts every hour. */
export function openEngine(parts: EngineParts): Engine {
  return {
    project: parts.project,
    pipeline: (name) => findPipeline(parts.project.pipelines, name),
    run: async (pipeline, options) => (await import("./run.js")).run(parts, pipeline, options),
    plan: async (pipeline, options) => (await import("./plan-report.js")).planReport(parts, pipeline, options),
    backfill: async (pipeline, id, signal) => (await import("./backfill.js")).findBackfill(parts, pipeline, id, signal),
    state: {
      show: async (pipeline) => (await verbs()).showState(parts, pipeline),
      set: async (pipeline, hour, options) => (await verbs()).setState(parts, pipeline, hour, options),
      reset: async (pipeline, from, options) => (await verbs()).resetState(parts, pipeline, from, options),
      skip: async (pipeline, hour, options) => (await verbs()).skipWindow(parts, pipeline, hour, options),
      list: async () => (await import("./state/list-states.js")).listStates(parts),
      history: async (pipeline) => (await import("./state/undo.js")).showHistory(parts, pipeline),
      undo: async (pipeline, options) => (await import("./state/undo.js")).undoState(parts, pipeline, options),
      export: async () => (await import("./state/list-states.js")).exportStates(parts),
      restore: async (pipeline, state, options) => (await import("./state/restore.js")).restoreState(parts, pipeline, state, options),
      copy: async (pipeline, options) => (await import("./state/copy.js")).copyState(parts, pipeline, options),
      locks: async (pipeline) => (await import("./state/locks.js")).readLocks(parts, pipeline),
      unlock: async (pipeline, locks, options) => (await import("./state/locks.js")).breakLocks(parts, pipeline, locks, options),
    },
    hours: async (pipeline, options) => (await import("./hours-report.js")).hoursReport(parts, pipeline, options),
    verify: async (pipeline, options) => (await import("./verify/verify-report.js")).verifyReport(parts, pipeline, options),
    compare: async (pipeline, options) => (await import("./verify/compare-tables.js")).compareTables(parts, pipeline, options),
    runs: openRuns(parts),
    show: async (pipeline, options) => (await import("./show-published.js")).showPublished(parts, pipeline, options),
    moment: async (pipeline, text) => {
      if (pipeline.kind === "workflow") return parseInstant(text);
      const { openGrid } = await import("./open-grid.js");
      return parseInstant(text) ?? (await openGrid(pipeline.every, pipeline.timezone)).midnight(text);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const verbs = () => import("./state-verbs.js");

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
