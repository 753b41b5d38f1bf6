import { KpiError } from "../core/errors.js";
import type { SourceTally } from "../core/node.js";
import type { Step, WindowedPipeline } from "../core/pipeline.js";
import { qualify } from "../core/sql.js";
import type { Span } from "../core/window.js";
import { inTime } from "./in-time.js";
import type { EngineParts, Session } from "./session.js";
import { appendedTable } from "./step-context.js";
import type { SourceTallies } from "./with-tally.js";

export interface TallyOptions {
  readonly span: Span;
  readonly sums: boolean;
  readonly exact: boolean;
  readonly signal: AbortSignal;
  /** Hears of a source that answers and cannot count: nothing is known of its windows then. */
  warn(code: string, message: string): void;
}

/** Asks the sources to count the windows of a span. Throws `KpiError`s of the world, such as SOURCE_UNREACHABLE. */
export async function countSources(
  parts: EngineParts,
  session: Session,
  pipeline: WindowedPipeline,
  options: TallyOptions,
): Promise<SourceTallies> {
  const tallies = new Map<string, SourceTally>();
  for (const step of pipeline.steps) {
    if (step.role !== "extract" || step.node.count === undefined) continue;
    const time = step.patience?.timeout ?? null;
    const late = new KpiError("STEP_TIMEOUT", `the step's timeout of ${(time ?? 0) / 1000} s is over`);
    const count = (signal: AbortSignal) => countStep(parts, session, step, { ...options, signal });
    const tally = await inTime(time, options.signal, () => late, count).catch((thrown: unknown) => {
      if (!(thrown instanceof KpiError) || thrown.scope === "world") throw thrown instanceof KpiError ? thrown.inStep(step.id) : thrown;
      options.warn("NOT_COUNTED", `The source of "${step.id}" is not counted: ${thrown.message}`);
      return null;
    });
    if (tally !== null) tallies.set(step.id, tally);
  }
  return tallies;
}

async function countStep(
  { openConnection, project }: EngineParts,
  { workspace, scratch }: Session,
  step: Extract<Step, { role: "extract" }>,
  { span, sums, exact, signal }: TallyOptions,
): Promise<SourceTally | null> {
  await using connection = step.connection === null ? null : await openConnection(step.connection);
  await using db = await workspace.connect(signal);
  const schema = `counts_${step.id}`;
  let tables = 0;
  try {
    const tally = await step.node.count?.(step.settings, {
      ...{ db, span, sums, exact, signal, connection: connection ?? undefined },
      files: { project: project.root, scratch },
      append: async (columns) => {
        const table = qualify(schema, `t${tables++}`);
        await db.run(`CREATE SCHEMA IF NOT EXISTS ${qualify(schema)}`);
        return appendedTable(db, table, columns);
      },
    });
    return tally ?? null;
  } finally {
    if (tables > 0) await db.run(`DROP SCHEMA IF EXISTS ${qualify(schema)} CASCADE`);
  }
}
