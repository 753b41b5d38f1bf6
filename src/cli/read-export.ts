import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KpiError } from "../core/errors.js";
import type { PipelineState } from "../core/state-store.js";
import { parseInstant } from "../core/time.js";

/** Reads what `kpi state export` printed: states by pipeline. Throws USAGE. */
export async function readExport(folder: string, file: string): Promise<[pipeline: string, state: PipelineState][]> {
  const document = await readJson(resolve(folder, file), file);
  const { schema_version: version, states } = Object(document) as { readonly schema_version?: unknown; readonly states?: unknown };
  if (version !== 1) throw cannotRead(file, `it is no export of kpi, or of a version that this kpi does not know`);
  if (typeof states !== "object" || states === null || Array.isArray(states)) throw cannotRead(file, `it has no map "states"`);
  return Object.entries(states).map(([pipeline, state]) => {
    if (isState(state)) return [pipeline, state];
    throw cannotRead(file, `what it says of "${pipeline}" is no state`);
  });
}

async function readJson(path: string, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (thrown) {
    throw cannotRead(file, (thrown as Error).message);
  }
}

function isState(state: unknown): state is PipelineState {
  const { last_processed_hour: last, first_hour: first } = Object(state) as Partial<PipelineState>;
  return [last, first].every((hour) => hour === null || (typeof hour === "string" && parseInstant(hour) !== null));
}

function cannotRead(file: string, state: string): KpiError {
  return new KpiError("USAGE", `Cannot import "${file}": ${state}`, { hint: "kpi state export > FILE writes one" });
}
