import type { Command } from "./command.js";

/** Every command by its name, loaded when it is used. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./commands/run.js")).run,
  plan: async () => (await import("./commands/plan.js")).plan,
  backfill: async () => (await import("./commands/backfill.js")).backfill,
  show: async () => (await import("./commands/show.js")).show,
  hours: async () => (await import("./commands/hours.js")).hours,
  "runs list": async () => (await import("./commands/runs-list.js")).runsList,
  "runs show": async () => (await import("./commands/runs-show.js")).runsShow,
  "runs logs": async () => (await import("./commands/runs-logs.js")).runsLogs,
  "runs prune": async () => (await import("./commands/runs-prune.js")).runsPrune,
  "state show": async () => (await import("./commands/state-show.js")).stateShow,
  "state set": async () => (await import("./commands/state-set.js")).stateSet,
  "state reset": async () => (await import("./commands/state-reset.js")).stateReset,
  "state skip": async () => (await import("./commands/state-skip.js")).stateSkip,
  "source ls": async () => (await import("./commands/source-ls.js")).sourceLs,
  doctor: async () => (await import("./commands/doctor.js")).doctor,
  validate: async () => (await import("./commands/validate.js")).validate,
  nodes: async () => (await import("./commands/nodes.js")).nodes,
  schema: async () => (await import("./commands/schema.js")).schema,
  sample: async () => (await import("./commands/sample.js")).sample,
  "help exit-codes": async () => (await import("./commands/help-exit-codes.js")).helpExitCodes,
};
