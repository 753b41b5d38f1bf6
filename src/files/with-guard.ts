import { setTimeout as sleep } from "node:timers/promises";
import { KpiError } from "../core/errors.js";
import { removeLockFile, takeLockFile } from "./lock-file.js";

const MOST_WAIT = 10_000;

/** Runs `work` while no other process does so under the same path; waits its turn. Throws STATE_CONFLICT when that does not come in 10 s, CANNOT_WRITE. */
export async function withGuard<Result>(path: string, owner: string, work: () => Result): Promise<Result> {
  const until = performance.now() + MOST_WAIT;
  for (;;) {
    const taking = takeLockFile(path, owner, null);
    if (taking.taken) {
      try {
        return work();
      } finally {
        removeLockFile(path, taking.token, owner);
      }
    }
    if (performance.now() > until) {
      throw new KpiError("STATE_CONFLICT", `Cannot write beside "${path}": ${taking.holder.owner} has been writing for too long`);
    }
    await sleep(1 + Math.random() * 9);
  }
}
