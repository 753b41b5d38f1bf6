import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { KpiError } from "../core/errors.js";
import type { Hook, Project } from "../core/pipeline.js";

/** So much of what a command complains is told. */
const MOST_TEXT = 500;
/** How long it is listened for after its end, in ms. */
const LAST_WORDS = 200;

/** Hands a document to a hook: to a command on stdin, to a webhook by POST. Throws STEP_FAILED for a command's failure, and what the server's refusal is. */
export async function callHook({ root, proxies }: Project, { call, timeout }: Hook, document: string, signal: AbortSignal): Promise<void> {
  if (typeof call !== "string") return callCommand(root, call, document, signal);
  const { default: http } = await import("../http/http-connection.js");
  const { origin, pathname, searchParams } = new URL(call);
  const context = { name: "notify", project: root, cache: root, proxies };
  await using client = await http.open(http.config.parse({ url: origin }), context);
  const ask = { method: "POST", path: pathname, query: Object.fromEntries(searchParams), headers: {}, body: document } as const;
  await client.ask(ask, { timeout, maxBytes: 1_000_000, retries: 1 }, signal);
}

async function callCommand(cwd: string, [program = "", ...args]: readonly string[], document: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new KpiError("STEP_FAILED", `Cannot carry out "${program}": the run is being stopped`);
  // a group of its own, so that whatever it starts ends with it
  const child = spawn(program, args, { cwd, stdio: ["pipe", "ignore", "pipe"], detached: true });
  // a command that does not read its input is none the worse for it
  child.stdin.on("error", () => undefined).end(document);
  let complaint = "";
  child.stderr.on("data", (chunk) => (complaint = `${complaint}${chunk}`.slice(0, MOST_TEXT)));
  const trouble = await new Promise<string | null>((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("exit", (status, by) => resolve(status === 0 ? null : `it ended with ${status ?? by}`));
    signal.addEventListener("abort", () => resolve("its time was up"), { once: true });
  });
  if (signal.aborted && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  if (trouble !== null && child.pid !== undefined) await Promise.race([once(child, "close"), sleep(LAST_WORDS)]);
  child.stderr.destroy();
  if (trouble === null) return;
  throw new KpiError("STEP_FAILED", `Cannot carry out "${program}": ${trouble}${complaint === "" ? "" : `, ${complaint.trim()}`}`);
}
