import type { BackfillRange, Engine } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { Pipeline, WindowedPipeline } from "../core/pipeline.js";
import type { BackfillOutline, BackfillRecord } from "../core/reports.js";
import { toIso } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import type { BackfillFacts } from "./backfill-facts.js";
import { hoursOf } from "./backfill-hours.js";
import { appendBackfillEvent, type BackfillEvent, readBackfills } from "./backfill-ledger.js";
import type { Prepared } from "./prepare-windows.js";
import type { RunInHand } from "./run-in-hand.js";
import { type EngineParts, type Session, withSession } from "./session.js";
import type { Turns } from "./turns.js";
import { uuidV7 } from "./uuid-v7.js";

/** What a backfill begins with, for whoever looks at it; null for an ordinary run. */
export function outline(
  { notify = [] }: WindowedPipeline,
  range: BackfillRange | undefined,
  id: string | null,
  prepared: Prepared,
): BackfillOutline | null {
  if (range === undefined) return null;
  const { ledger, grid, horizon, backfill } = prepared;
  return {
    ...{ id, resumed: range.resume !== undefined, from: toIso(range.from), to: toIso(range.to), rerun: range.rerun },
    hours: hoursOf(ledger.ranges, grid, range.from, horizon),
    unfinished: backfill.unfinished?.id ?? null,
    ...(notify.length > 0 && { suppressed: ["notify"] as const }),
  };
}

/** A backfill in hand: what it tells the warehouse of itself. */
export interface OpenBackfill {
  readonly id: string;
  /** Inside the transaction that comes before the first extraction. */
  begin(open: OpenWarehouse): Promise<void>;
  /** All of its windows have come to something. */
  finish(): Promise<void>;
}

/** Null for an ordinary run. Throws BACKFILL_UNFINISHED where starting over would do again what an unfinished one has done. */
export function openBackfill(
  pipeline: WindowedPipeline,
  { id: runId, options: { range }, log, parts }: RunInHand,
  { unfinished }: BackfillFacts,
  { warehouse }: Session,
  { turn }: Turns,
): OpenBackfill | null {
  if (range === undefined) return null;
  if (unfinished !== null && range.rerun === "all" && range.anew !== true) throw unfinishedError(pipeline, unfinished);
  const id = range.resume ?? runId;
  const happened = (event: BackfillEvent["event"], backfill = id) => ({
    ...{ backfill, pipeline: pipeline.name, event, runId, at: parts.clock.now(), range },
  });
  return {
    id,
    async begin(open) {
      if (unfinished !== null) {
        const message = `The backfill ${unfinished.id} of the same windows, begun ${unfinished.begun}, has not ended; this one takes its place`;
        log.emit("warning", { code: "BACKFILL_REPLACED", message });
        await appendBackfillEvent(open, happened("replaced", unfinished.id));
      }
      await appendBackfillEvent(open, happened(range.resume === undefined ? "begun" : "resumed"));
    },
    finish: () => turn(() => warehouse.publish((open) => appendBackfillEvent(open, happened("done")))),
  };
}

function unfinishedError({ name }: WindowedPipeline, { id, begun }: BackfillRecord): KpiError {
  return new KpiError(
    "BACKFILL_UNFINISHED",
    `Cannot do these windows of "${name}" again: the backfill "${id}", begun ${begun}, has not ended`,
    {
      hint: `Go on with it: kpi backfill ${name} --resume ${id}; or start over: --anew`,
    },
  );
}

/** Finds a backfill by its id, the beginning of it, or `last`. Throws USAGE. */
export async function findBackfill(
  parts: EngineParts,
  pipeline: Pipeline,
  name: string,
  signal: AbortSignal,
): ReturnType<Engine["backfill"]> {
  const session = { id: `backfill-${uuidV7(Date.now())}`, folders: [], signal, warn: () => undefined };
  const all = await withSession(parts, pipeline, session, ({ warehouse }) => warehouse.read((open) => readBackfills(open, pipeline.name)));
  const meant = (all ?? []).filter(({ id }) => name !== "" && id.startsWith(name));
  const found = name === "last" ? all?.[0] : (meant.find(({ id }) => id === name) ?? (meant.length === 1 ? meant[0] : undefined));
  if (found !== undefined) return found;
  const open = (all ?? []).filter(({ status }) => status === "unfinished").map(({ id }) => id);
  throw new KpiError(
    "USAGE",
    `Cannot find the backfill "${name}" of "${pipeline.name}": ${meant.length === 0 ? "there is none of that id" : `${meant.length} begin like that`}`,
    {
      hint: open.length === 0 ? "None is unfinished" : `Unfinished are: ${open.slice(0, 3).join(", ")}`,
    },
  );
}
