import type { Pipeline, WindowedPipeline } from "../../core/pipeline.js";
import type { ListedState, StateExport, StateList } from "../../core/state-reports.js";
import type { PipelineState, StateStore } from "../../core/state-store.js";
import { toIso } from "../../core/time.js";
import { type EngineParts, withSession } from "../session.js";
import { sessionOptions } from "./desk.js";
import { hoursOf } from "./history.js";

/** How far every pipeline has come that has windows, and what else the store holds. */
export async function listStates(parts: EngineParts): Promise<StateList> {
  const { store } = parts.project.state;
  const states = await withStore(parts, async (opened) => {
    const known = new Map(windowed(parts).map(({ stateName, name }) => [stateName, name]));
    const others = (await opened.list()).filter((key) => !known.has(key));
    const keys = [...known.keys(), ...others];
    return Promise.all(keys.map((key) => listed(opened, key, known.get(key) ?? null)));
  });
  return { schema_version: 1, ok: true, store, states };
}

async function listed(store: StateStore, key: string, pipeline: string | null): Promise<ListedState> {
  const [stored, holder] = await Promise.all([store.read(key), store.holder(key)]);
  return {
    pipeline,
    key,
    ...hoursOf(stored),
    updated_at: stored?.updated_at ?? null,
    updated_by: stored?.updated_by ?? null,
    locked_by: holder?.owner ?? null,
  };
}

/** Everything that the store keeps of the pipelines of this configuration. */
export async function exportStates(parts: EngineParts): Promise<StateExport> {
  const states: Record<string, PipelineState> = {};
  await withStore(parts, async (store) => {
    for (const { name, stateName } of windowed(parts)) {
      const stored = await store.read(stateName);
      if (stored !== null) states[name] = stored.value;
    }
  });
  return { schema_version: 1, ok: true, exported_at: toIso(parts.clock.now()), store: parts.project.state.store, states };
}

function windowed({ project }: EngineParts): WindowedPipeline[] {
  return [...project.pipelines.values()].filter((pipeline): pipeline is WindowedPipeline => pipeline.kind === "windowed");
}

/** A store needs the warehouse, whose workspace is made for a pipeline: any of them. */
async function withStore<Result>(parts: EngineParts, work: (store: StateStore) => Promise<Result>): Promise<Result | []> {
  const [pipeline]: Pipeline[] = [...parts.project.pipelines.values()];
  return pipeline === undefined ? [] : withSession(parts, pipeline, sessionOptions(parts, "list"), ({ store }) => work(store));
}
