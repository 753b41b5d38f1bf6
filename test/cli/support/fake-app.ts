import type { App } from "../../../src/cli/app.js";
import type { Engine, PublishedTable, RunOptions } from "../../../src/core/engine.js";
import { KpiError } from "../../../src/core/errors.js";
import type { RunEvent } from "../../../src/core/events.js";
import type { Finding } from "../../../src/core/finding.js";
import type { Pipeline } from "../../../src/core/pipeline.js";
import type { HoursReport, PlanReport, RunDetails, RunReport, StateReport } from "../../../src/core/reports.js";
import type { ListedState, StateEntry, StateHistory, StateLock } from "../../../src/core/state-reports.js";
import { parseInstant, toIso } from "../../../src/core/time.js";
import { hoursReport, planReport, runReport, stateReport } from "./reports.js";

/** What a test decides about the fake; each function stands for the engine's of that name. */
export interface FakeBehaviour {
  readonly pipelines?: readonly Pipeline[];
  readonly run?: (pipeline: Pipeline, options: RunOptions) => Promise<RunReport> | RunReport;
  readonly plan?: PlanReport;
  readonly state?: StateReport;
  readonly states?: readonly ListedState[];
  /** Newest first. */
  readonly history?: readonly StateEntry[];
  readonly locks?: readonly StateLock[];
  readonly hours?: HoursReport;
  /** The runs there are, newest first, and what each has told. */
  readonly runs?: readonly RunDetails[];
  readonly events?: readonly RunEvent[];
  readonly tables?: readonly PublishedTable[];
  readonly secrets?: readonly string[];
  readonly warnings?: readonly Issue[];
  readonly errors?: readonly Issue[];
  readonly findings?: readonly Finding[];
  readonly nodes?: Awaited<ReturnType<App["nodes"]>>;
}

type Issue = Awaited<ReturnType<App["load"]>>["errors"][number];

/** A call that reached the fake: the function's name and what it was given. */
export type Call = readonly [name: string, ...given: unknown[]];

/** A composition root that does nothing but answer as told and keep a list of what it was asked. */
export function fakeApp(behaviour: FakeBehaviour = {}): App & { readonly calls: Call[] } {
  const calls: Call[] = [];
  const pipelines = new Map((behaviour.pipelines ?? [windowed("pipeline-horario")]).map((pipeline) => [pipeline.name, pipeline]));
  const project = {
    root: "/project",
    state: { store: "file", settings: {}, lockTtl: 60_000 },
    warehouse: { path: "/project/data/kpi.duckdb", wait: 0 },
    connections: new Map(),
    pipelines,
    secrets: behaviour.secrets ?? [],
  };
  const { warnings = [], errors = [] } = behaviour;
  return {
    calls,
    async load(options) {
      calls.push(["load", options]);
      return {
        root: "/project",
        files: ["config/config.yaml"],
        project: errors.length > 0 ? null : project,
        warnings,
        errors,
        secrets: behaviour.secrets ?? [],
      };
    },
    async openEngine(_, { now }) {
      calls.push(["openEngine", { now }]);
      return fakeEngine(project, behaviour, calls);
    },
    schema: async () => ({ type: "object" }),
    browse: async (_, { connection = "influx", bucket, measurement }) => {
      calls.push(["browse", { connection, bucket, measurement }]);
      return { connection, contents: { level: "buckets", buckets: [{ name: "sensors", retention: null }] } };
    },
    async doctor(options) {
      calls.push(["doctor", options.offline]);
      return [...(behaviour.findings ?? [])];
    },
    doctorPart: async () => [],
    nodes: async () => [...(behaviour.nodes ?? [])],
    async writeSample(options) {
      calls.push(["writeSample", options]);
      return { files: 49, points: 414_720 };
    },
  };
}

function stateHistory(pipeline: string, entries: readonly StateEntry[]): StateHistory {
  return { schema_version: 1, ok: true, pipeline, entries, next_undo: entries[0] ?? null };
}

function fakeEngine(project: Engine["project"], behaviour: FakeBehaviour, calls: Call[]): Engine {
  const state = behaviour.state ?? stateReport();
  const record = (name: string, pipeline: Pipeline, ...given: unknown[]) => calls.push([name, pipeline.name, ...given]);
  return {
    project,
    pipeline(name) {
      const found = name === undefined ? [...project.pipelines.values()][0] : project.pipelines.get(name);
      if (found) return found;
      throw new KpiError("UNKNOWN_PIPELINE", `Cannot find the pipeline "${name}": there is none of that name`, {
        hint: "Did you mean pipeline-horario?",
      });
    },
    async run(pipeline, options) {
      const { listeners: _, signal: __, ...rest } = options;
      record("run", pipeline, rest);
      return behaviour.run?.(pipeline, options) ?? runReport({ pipeline: pipeline.name });
    },
    async plan(pipeline, { signal: _, ...rest }) {
      record("plan", pipeline, rest);
      return { ...(behaviour.plan ?? planReport()), pipeline: pipeline.name };
    },
    async backfill(pipeline, id) {
      record("backfill", pipeline, id);
      const range = { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", rerun: "all", begun: "2026-01-03T00:00:00Z" } as const;
      return { id: "01a2", ...range, newest_first: true, on_failure: "stop", status: id === "done" ? "done" : "unfinished" };
    },
    state: {
      show: async () => state,
      async set(pipeline, hour, options) {
        record("state.set", pipeline, toIso(hour), options);
        return {
          state: { ...state, last_processed_hour: toIso(hour) },
          marked: { status: options.adopt ? "adopted" : "skipped", windows: 3 },
        };
      },
      async reset(pipeline, from, options) {
        record("state.reset", pipeline, from === null ? null : toIso(from), options);
        return { state: { ...state, last_processed_hour: null }, marked: { status: "reopened", windows: 48 } };
      },
      async skip(pipeline, hour, options) {
        record("state.skip", pipeline, toIso(hour), options);
        return { state, marked: { status: "skipped", windows: 1 } };
      },
      list: async () => ({ schema_version: 1, ok: true, store: "file", states: behaviour.states ?? [] }),
      history: async ({ name }) => stateHistory(name, behaviour.history ?? []),
      async undo(pipeline, options) {
        record("state.undo", pipeline, options);
        return { state, marked: { status: "restored", windows: 2 } };
      },
      export: async () => ({ schema_version: 1, ok: true, exported_at: "2026-01-01T11:00:05Z", store: "file", states: {} }),
      async restore(pipeline, given, options) {
        record("state.restore", pipeline, given, options);
        return { state, marked: { status: "none", windows: 0 } };
      },
      async copy(pipeline, options) {
        record("state.copy", pipeline, options);
        return { state, marked: { status: "none", windows: 0 } };
      },
      locks: async () => [...(behaviour.locks ?? [])],
      async unlock(pipeline, locks, options) {
        record(
          "state.unlock",
          pipeline,
          locks.map(({ id }) => id),
          options,
        );
        return [...locks];
      },
    },
    async hours(pipeline, { signal: _, ...rest }) {
      record("hours", pipeline, rest);
      return behaviour.hours ?? hoursReport();
    },
    async verify(pipeline, { signal: _, ...rest }) {
      record("verify", pipeline, rest);
      const [from, to] = ["2026-01-01T09:00:00Z", "2026-01-01T11:00:00Z"];
      return { schema_version: 1, ok: true, pipeline: pipeline.name, from, to, windows: [], summary: {}, warnings: [] };
    },
    async compare(pipeline, { signal: _, against, ...rest }) {
      record("compare", pipeline, against, rest);
      const rows = { same: 16, different: 0, only_ours: 0, only_theirs: 0 };
      const facts = { table: "kpi_horario", against, key: ["sensor_id"], columns: ["co_mean"], tolerance: rest.tolerance };
      return { schema_version: 1, ok: true, pipeline: pipeline.name, ...facts, rows, differences: [] };
    },
    runs: {
      async list(query) {
        calls.push(["runs.list", query]);
        return [...(behaviour.runs ?? [])];
      },
      async show(run) {
        calls.push(["runs.show", run]);
        return (behaviour.runs ?? [])[0] as RunDetails;
      },
      async sample(run, step) {
        calls.push(["runs.sample", run, step]);
        return [
          { sensor_id: "TLM0100", co_mean: 0.5, note: null },
          { sensor_id: "TLM0101", co_mean: 12, note: "ok" },
        ];
      },
      async *events(run, { follow }) {
        calls.push(["runs.events", run, follow]);
        yield* behaviour.events ?? [];
      },
      async prune(before) {
        calls.push(["runs.prune", before]);
        return ["run-1", "run-2"];
      },
    },
    async show(pipeline, { windows }) {
      record("show", pipeline, windows);
      return [...(behaviour.tables ?? [])];
    },
    moment: async (_, text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? parseInstant(`${text}T00:00:00Z`) : parseInstant(text)),
    async [Symbol.asyncDispose]() {
      calls.push(["close"]);
    },
  };
}

const FACTS = {
  steps: [],
  flow: "co → kpi → publish",
  stateName: "kpi",
  maxParallel: 2,
  maxDuration: null,
  lockWait: 60_000,
  place: { file: "config/config.yaml" },
} as const;

export function windowed(name: string): Pipeline {
  const times = { every: "1h", timezone: "UTC", begin: { kind: "previous" }, settle: 0 } as const;
  return { ...FACTS, ...times, kind: "windowed", name, batch: 24, maxAttempts: 24, allowEmpty: false } as Pipeline;
}

export function workflow(name: string): Pipeline {
  return { ...FACTS, kind: "workflow", name } as Pipeline;
}

/** Tells a run's listeners a row of events, numbered as the engine does. */
export function tell(options: RunOptions, events: readonly Pick<RunEvent, "type" | "data" | "step" | "window">[]): void {
  for (const [index, event] of events.entries()) {
    const full = { v: 1, seq: index + 1, ts: "2026-01-01T12:00:01Z", run: "run-1", pipeline: "pipeline-horario", ...event } as RunEvent;
    for (const listener of options.listeners) listener(full);
  }
}
