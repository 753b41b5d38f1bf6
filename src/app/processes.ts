import { z } from "zod";
import { isOver, thisProcess } from "../files/process-identity.js";
import type { Processes } from "../pipelines/session.js";

const identity = z.object({ host: z.string(), machine: z.string(), pid: z.number(), started: z.string().nullable() });

/** The processes of this machine. */
export const processes: Processes = {
  self: thisProcess,
  isAlive(process) {
    const { success, data } = identity.safeParse(process);
    if (!success) return false;
    return data.machine === thisProcess().machine ? !isOver(data) : null;
  },
};
