import { createInterface } from "node:readline";
import { KpiError } from "../core/errors.js";
import type { Session } from "./session.js";

/** Asks a person whether something that cannot be taken back is to be done. Throws USAGE without a yes, and where there is nobody to ask and no `--yes`. */
export async function confirm({ host, flags, output, signal }: Session, change: string): Promise<void> {
  if (flags.yes) return;
  if (host.stdin.isTTY !== true || host.stderr.isTTY !== true)
    throw new KpiError("USAGE", `Cannot ask whether to do this: ${change}`, { hint: "Add --yes to do it without a question" });
  const terminal = createInterface({ input: host.stdin, terminal: false });
  output.say(`${change}\nGo on? [y/N] `);
  // A line, the end of the input or a signal: whichever comes first.
  const answer = await new Promise<string>((resolve) => {
    terminal.once("line", resolve).once("close", () => resolve(""));
    signal.addEventListener("abort", () => resolve(""), { once: true });
  });
  terminal.close();
  signal.throwIfAborted();
  if (!/^y(es)?$/i.test(answer.trim())) throw new KpiError("USAGE", "Nothing was changed: the answer was not yes");
}
