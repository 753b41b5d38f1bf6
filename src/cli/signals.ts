import { ERRORS, KpiError } from "../core/errors.js";
import type { Host } from "./host.js";

/** How long a stopped command may take to roll back, in ms. */
const DEADLINE = 20_000;
const SIGNALS = { SIGINT: "INTERRUPTED", SIGTERM: "TERMINATED" } as const;

/** Aborts its signal on the first SIGINT or SIGTERM, with the error that says so; ends the process on the second, or when the deadline has passed. */
export function listenForSignals(host: Host, note: (text: string) => void): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const listeners = Object.entries(SIGNALS).map(([name, code]) => {
    const leave = () => {
      // an exit waits for what runs outside of JavaScript, and not all of that heeds an interrupt; the signal's own action does not wait
      host.on("exit", () => {
        host.off(name, listener);
        host.kill(host.pid, name);
      });
      host.exit(ERRORS[code].exit);
    };
    const listener = () => {
      if (stop.signal.aborted) return leave();
      note("Stopping: what is not committed is rolled back; once more to leave at once");
      deadline = setTimeout(leave, DEADLINE);
      stop.abort(new KpiError(code, `Stopped by ${name}`));
    };
    host.on(name, listener);
    return () => host.off(name, listener);
  });
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      clearTimeout(deadline);
      for (const remove of listeners) remove();
    },
  };
}
