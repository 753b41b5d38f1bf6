import { execFile } from "node:child_process";
import type { DoctorReport, Finding } from "../core/finding.js";
import type { Flags } from "./grammar/flags.js";
import type { Host } from "./host.js";

/** Names, in the environment of a process that was started for it, the part of `kpi doctor` that it does. */
export const PART = "KPI_DOCTOR_PART";

/** Longer than a warehouse or a store's server takes when all is well, in ms. */
const PATIENCE = 60_000;

/** Lets a process of its own do a part: whatever it does to itself, or waits for, is a finding. */
export function apart(
  part: "warehouse" | "state",
  host: Host,
  { config, now, offline }: Flags,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const given = [...(config === undefined ? [] : ["--config", config]), ...(now === undefined ? [] : ["--now", now])];
  const words = [host.argv?.[1] ?? "", "doctor", "--json", ...(offline === true ? ["--offline"] : []), ...given];
  const options = { cwd: host.cwd(), env: { ...host.env, [PART]: part }, timeout: PATIENCE, killSignal: "SIGKILL", signal } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, words, options, (failure, stdout) => resolve(read(stdout) ?? [crashed(part, failure)]));
  });
}

function read(stdout: string): readonly Finding[] | null {
  try {
    return (JSON.parse(stdout) as Partial<DoctorReport>).findings ?? null;
  } catch {
    return null;
  }
}

function crashed(about: "warehouse" | "state", failure: { readonly signal?: string | null; readonly code?: unknown } | null): Finding {
  const how = failure?.signal ? `was ended by ${failure.signal}` : `ended with ${String(failure?.code ?? 0)} and without a word`;
  return {
    about,
    name: null,
    level: "error",
    code: "INTERNAL",
    message: `Cannot try the ${about === "state" ? "state store" : about}: the process that tried it ${how}`,
    hint: about === "warehouse" ? "A run would end like that too: move the file away, or put a copy back" : "Check that its server answers",
  };
}
