import type { browse } from "../app/browse.js";
import type { doctor, doctorPart } from "../app/doctor/doctor.js";
import type { load, openEngine } from "../app/load.js";
import type { nodes } from "../app/nodes.js";
import type { schema } from "../app/project-schema.js";
import type { writeSample } from "../app/write-sample.js";

/** What the composition root does for the commands; each part is loaded when it is first used. */
export interface App {
  readonly load: typeof load;
  readonly openEngine: typeof openEngine;
  readonly schema: typeof schema;
  readonly nodes: typeof nodes;
  readonly browse: typeof browse;
  readonly writeSample: typeof writeSample;
  readonly doctor: typeof doctor;
  readonly doctorPart: typeof doctorPart;
}

export type LoadedProject = Awaited<ReturnType<App["load"]>>;
export type Issue = LoadedProject["errors"][number];
export type NodeDescription = Awaited<ReturnType<App["nodes"]>>[number];

export const app: App = {
  load: async (options) => (await import("../app/load.js")).load(options),
  openEngine: async (loaded, options) => (await import("../app/load.js")).openEngine(loaded, options),
  schema: async () => (await import("../app/project-schema.js")).schema(),
  nodes: async () => (await import("../app/nodes.js")).nodes(),
  browse: async (project, options) => (await import("../app/browse.js")).browse(project, options),
  writeSample: async (options) => (await import("../app/write-sample.js")).writeSample(options),
  doctor: async (options) => (await import("../app/doctor/doctor.js")).doctor(options),
  doctorPart: async (part, options) => (await import("../app/doctor/doctor.js")).doctorPart(part, options),
};
