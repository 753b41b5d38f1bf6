import { randomBytes } from "node:crypto";
import { z } from "zod";
import { KpiError } from "../../core/errors.js";
import { isOver, PROCESS_IDENTITY, thisProcess } from "../../files/process-identity.js";

/** Who holds a lease, as it stands in a store that several machines share. */
export const LEASE_HOLDER = PROCESS_IDENTITY.extend({
  owner: z.string(),
  /** Tells this holding from every other. */
  token: z.string(),
  since: z.string(),
});

export type LeaseHolder = Readonly<z.output<typeof LEASE_HOLDER>>;

export function newHolder(owner: string): LeaseHolder {
  return { owner, ...thisProcess(), token: randomBytes(8).toString("hex"), since: new Date().toISOString() };
}

/** Whether the holder was a process of this machine that is certainly over: nobody has to wait until its lease is. */
export function isGone(holder: LeaseHolder): boolean {
  return holder.machine === thisProcess().machine && isOver(holder);
}

export function heldBy(key: string, { owner, since }: Pick<LeaseHolder, "owner" | "since">): KpiError {
  return new KpiError("LOCKED", `Cannot lock "${key}": ${owner} holds it since ${since}`, {
    hint: "Wait for it with --wait. A holder that has crashed on this machine is replaced at once, one on another machine when its lock has expired",
  });
}
