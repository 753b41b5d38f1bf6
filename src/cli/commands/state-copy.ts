import { KpiError } from "../../core/errors.js";
import type { Pipeline, Project } from "../../core/pipeline.js";
import { changeStates } from "../change-states.js";
import type { Command } from "../command.js";

/** `kpi state copy`: takes cursors and their history to another store, or from one. */
export const stateCopy: Command = async (session, [name]) => {
  const { from = null, to = null, adopt = false, reason = null } = session.flags;
  if (from === to)
    throw new KpiError("USAGE", "Cannot copy a state to where it is: --to or --from has to name another store", {
      hint: "A store is one under `stores:` of the configuration, or a type",
    });
  const engine = await session.engine();
  const { project } = engine;
  const pipelines =
    name === undefined ? [...project.pipelines.values()].filter(({ kind }) => kind === "windowed") : [engine.pipeline(name)];
  requireApart(
    pipelines,
    [from, to].map((store) => (store === null ? null : (project.stores?.get(store)?.name ?? null))),
  );
  const place = (store: string | null) => (store === null ? `the configured store (${project.state.store})` : `"${store}"`);
  const changes = pipelines.map((pipeline) => ({
    sentence: `copy the state of "${pipeline.name}" from ${place(from)} to ${place(to)}, over what is there`,
    apply: () => engine.state.copy(pipeline, { from, to, adopt, reason }),
  }));
  return changeStates(session, changes, to === null ? "" : `To use it from now on, write in the configuration: ${lineFor(project, to)}\n`);
};

/** Throws USAGE where several pipelines would share one key. */
function requireApart(pipelines: readonly Pipeline[], patterns: readonly (string | null)[]): void {
  const shared = patterns.find((pattern) => pattern !== null && !pattern.includes("{pipeline}"));
  if (pipelines.length < 2 || shared == null) return;
  throw new KpiError("USAGE", `Cannot copy the states of ${pipelines.length} pipelines: they would share the key "${shared}"`, {
    hint: "Name the pipeline that it is for, or put {pipeline} into the store's `name`",
  });
}

/** The line of the configuration that makes a store the one in use. */
function lineFor({ state, stores }: Project, store: string): string {
  const name = stores?.get(store)?.name == null ? (state.names?.written ?? null) : null;
  return `state: { store: ${store}${name === null ? "" : `, name: "${name}"`} }`;
}
