import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";

/** Which process of which machine: enough for another process to see whether it still lives. */
export const PROCESS_IDENTITY = z.object({
  /** For people. */
  host: z.string(),
  /** Where process ids mean the same: boot and pid namespace, so that two containers called alike are not one; else the host's name. */
  machine: z.string(),
  pid: z.number(),
  /** In clock ticks since boot: a process id is given again, a start time with it is not. Null where the system does not tell. */
  started: z.string().nullable(),
});

export type ProcessIdentity = Readonly<z.output<typeof PROCESS_IDENTITY>>;

let known: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  known ??= { host: hostname(), machine: machine(), pid: process.pid, started: statOf(process.pid)?.started ?? null };
  return known;
}

/** Whether a process of this machine is certainly over. A zombie is; one that another user owns is not. */
export function isOver({ pid, started }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "ESRCH";
  }
  const now = statOf(pid);
  if (now === null) return false;
  return now.state === "Z" || now.state === "X" || (started !== null && now.started !== started);
}

/** The fields after the program's name, which may itself hold spaces and brackets. */
function statOf(pid: number): { state: string | undefined; started: string | undefined } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0], started: fields[19] };
  } catch {
    return null;
  }
}

function machine(): string {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}
