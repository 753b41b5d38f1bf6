import type { Engine } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import { type Instant, parseInstant } from "../core/time.js";
import type { App, Issue, LoadedProject } from "./app.js";
import type { Flags } from "./grammar/flags.js";
import type { Host } from "./host.js";
import type { Output } from "./output.js";
import type { Diagnostics } from "./reporters/diagnostics.js";
import { formatNumberOf } from "./text/format.js";

/** What a command works with. */
export interface Session {
  readonly host: Host;
  readonly app: App;
  readonly flags: Flags;
  readonly output: Output;
  readonly diagnostics: Diagnostics;
  readonly signal: AbortSignal;
  /** The errors of the configuration, once it was read. */
  readonly issues: readonly Issue[];
  /** Reads the configuration; its warnings are said, its secrets are kept back from then on. Throws CONFIG_INVALID after its errors were said. */
  load(): Promise<LoadedProject>;
  /** Opens the project; it is closed with the session. Throws what `load` throws. */
  engine(): Promise<Engine>;
  /** Now, as the command was told or by the clock. Throws USAGE. */
  now(): Instant;
  /** Closes the project, if it was opened. */
  close(): Promise<void>;
}

type SessionParts = Pick<Session, "host" | "app" | "flags" | "output" | "diagnostics" | "signal">;

export function openSession(parts: SessionParts): Session {
  const { host, app, flags, output, diagnostics } = parts;
  const { env } = host;
  const issues: Issue[] = [];
  let open: Engine | undefined;

  async function load(): Promise<LoadedProject> {
    const loaded = await app.load({ config: flags.config, env, cwd: host.cwd() });
    output.add(loaded.secrets);
    for (const warning of loaded.warnings) diagnostics.warning(warning);
    for (const error of loaded.errors) diagnostics.issue(error);
    issues.push(...loaded.errors);
    if (issues.length > 0)
      throw new KpiError("CONFIG_INVALID", `Cannot use the configuration: ${formatNumberOf(issues.length, "error")}`, {
        hint: "Each is listed with its place; `kpi validate` checks again",
      });
    return loaded;
  }

  return {
    ...parts,
    issues,
    load,
    async engine() {
      const now = givenNow(flags, env);
      const loaded = await load();
      const told = new Set<string>();
      const warn = (code: string, message: string) => {
        if (!told.has(message)) diagnostics.found(code, message);
        told.add(message);
      };
      open = await app.openEngine(loaded, { now, scrubber: output, warn });
      return open;
    },
    now: () => {
      const now = givenNow(flags, env);
      return now === undefined ? Date.now() : (parseInstant(now) as Instant);
    },
    async close() {
      await open?.[Symbol.asyncDispose]();
    },
  };
}

function givenNow({ now }: Flags, env: NodeJS.ProcessEnv): string | undefined {
  const text = now ?? (env.KPI_NOW || undefined);
  if (text === undefined || parseInstant(text) !== null) return text;
  throw new KpiError("USAGE", `Cannot read ${now === undefined ? "KPI_NOW" : "--now"} "${text}": a time with its offset is expected`, {
    hint: "Times are written 2026-01-01T10:00:00Z",
  });
}
