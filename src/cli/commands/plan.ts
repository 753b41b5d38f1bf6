import type { PlanReport } from "../../core/reports.js";
import type { Command } from "../command.js";
import { makePlan } from "../make-plan.js";
import { PENDING } from "../perform.js";
import { formatPlan } from "../reporters/format-plan.js";

/** `kpi plan`: what `run` would do, without doing it. */
export const plan: Command = async (session, [name]) => {
  const engine = await session.engine();
  const document = await makePlan(session, engine, engine.pipeline(name));
  const pending = session.flags.detailedExitcode === true && document.windows.length > 0;
  return { document, exit: pending ? PENDING : 0, render: (plain: PlanReport, screen) => formatPlan(plain, screen) };
};
