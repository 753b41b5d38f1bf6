import { isOver, PROCESS_IDENTITY, thisProcess } from "../files/process-identity.js";
import type { Processes } from "../pipelines/session.js";

/** The processes of this machine. */
export const processes: Processes = {
  self: thisProcess,
  isAlive(process) {
    const { success, data } = PROCESS_IDENTITY.safeParse(process);
    if (!success) return false;
    return data.machine === thisProcess().machine ? !isOver(data) : null;
  },
};
