import { timestampLiteral } from "../../core/sql.js";
import type { Instant } from "../../core/time.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import { windowsBetween } from "../../core/window.js";
import { isProcessed } from "../ledger-range.js";
import { ledgerSchema } from "../ledger-schema.js";
import { type MarkedWindow, type Marks, markWindows } from "../mark-windows.js";
import { gridName } from "../open-grid.js";
import { claimPipeline } from "../write-ledger.js";
import type { Desk } from "./desk.js";

/** Marks every window of `[from, to)` that is not processed; gives how many. */
export async function markUpTo(desk: Desk, from: Instant, to: Instant, status: Marks["status"]): Promise<number> {
  const open = [...windowsBetween(desk.grid, from, to)].flatMap((window) => {
    const known = desk.ledger.ranges.find((range) => window.start >= range.from && window.start < range.to);
    return known !== undefined && isProcessed(known.status) ? [] : [{ ...window, seen: known?.attempt ?? 0 }];
  });
  await mark(desk, open, status, from);
  return open.length;
}

export async function mark(desk: Desk, windows: readonly MarkedWindow[], status: Marks["status"], firstHour: Instant): Promise<void> {
  const { pipeline, reason, id: change, parts } = desk;
  const marks = { pipeline: pipeline.name, status, reason, change, at: parts.clock.now() };
  await publish(desk, firstHour, (open) => markWindows(open, windows, marks));
}

/** Appends `reopened` to every window from an hour on. Their rows stay until they are replaced. */
export async function reopen(desk: Desk, from: Instant, firstHour: Instant): Promise<number> {
  let windows = 0;
  await publish(desk, firstHour, async (open: OpenWarehouse) => {
    const schema = ledgerSchema(open);
    windows = await open.db.run(
      `INSERT INTO ${schema}.attempts SELECT pipeline, window_start, window_end, attempt + 1, 'reopened', 'asked', NULL, NULL, NULL, NULL, NULL, NULL, $2::VARCHAR, $3, ${timestampLiteral(desk.parts.clock.now())}
       FROM ${schema}.windows WHERE pipeline = $1 AND window_start >= ${timestampLiteral(from)} AND (status <> 'reopened' OR last_attempt_status <> 'reopened')`,
      [desk.pipeline.name, desk.reason, desk.id],
    );
  });
  return windows;
}

async function publish(desk: Desk, firstHour: Instant, work: (open: OpenWarehouse) => Promise<void>): Promise<void> {
  const { warehouse } = desk.session;
  await warehouse.publish(async (open) => {
    await claimPipeline(open, desk.pipeline.name, { grid: gridName(desk.grid), firstHour });
    await work(open);
  });
}
