import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { KpiError } from "../../core/errors.js";
import type { PipelineState, StoredState } from "../../core/state-store.js";
import { parseInstant, toIso } from "../../core/time.js";
import type { BlockData, BlockDocument } from "../../prefect/state-blocks.js";

/** What kpi notes in a block beside the state: under one key, which Python keeps as one it does not know. */
const NOTE = z.object({ key: z.string(), by: z.string(), write: z.string(), wrote: z.string() });

/** The data of a block for a state. No two writes give the same. */
export function writeBlock(key: string, value: PipelineState, by: string): BlockData {
  return { ...value, kpi_store: { key, by, write: randomBytes(8).toString("hex"), wrote: digest(value) } };
}

/** The key of a block: the note says it, and where Python made the block it is the block's name. */
export function keyOf({ name, data }: BlockDocument): string {
  return NOTE.safeParse(data.kpi_store).data?.key ?? name;
}

/** Whether what stands there is what one write left. */
export function stands(document: BlockDocument | null, written: BlockData): document is BlockDocument {
  return document !== null && canonical(document.data) === canonical(written);
}

/** A block as a state; `naive` is told of hours without a zone, which count as UTC. Throws CONFIG_INVALID for hours that are none. */
export function readBlock(document: BlockDocument, naive: (hour: string) => void): StoredState {
  const { kpi_store: note, last_processed_hour: last, first_hour: first, ...extra } = document.data;
  const found = NOTE.safeParse(note).data;
  const hour = (text: unknown) => readHour(document.name, text, naive);
  const value = { ...extra, last_processed_hour: hour(last), first_hour: hour(first) };
  const ours = found?.wrote === digest(value);
  return {
    value,
    version: createHash("sha256")
      .update(canonical([document.id, document.updated, document.data]))
      .digest("hex")
      .slice(0, 16),
    updated_at: toIso(Date.parse(document.updated)),
    updated_by: ours ? found.by : "another client of Prefect",
  };
}

const NAIVE = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;

function readHour(name: string, found: unknown, naive: (hour: string) => void): string | null {
  if (found === null || found === undefined) return null;
  const text = String(found);
  const without = NAIVE.test(text);
  if (without) naive(text);
  const instant = parseInstant(without ? `${text}Z` : text);
  if (instant !== null) return toIso(instant);
  throw new KpiError("CONFIG_INVALID", `Cannot read the hour "${text}" in the Prefect block "${name}": it is no time`, {
    hint: "Correct the block in Prefect, or name another one with `state.name` or `state.block_type`",
  });
}

function digest(value: PipelineState): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 16);
}

/** JSON whose keys are in order: Python does not keep the order they had. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
