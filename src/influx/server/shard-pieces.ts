import type { Window } from "../../core/window.js";

/** InfluxDB counts shards from the start of the year 1, a Monday. */
const FIRST_SHARD = 62_135_596_800_000;
const DAY = 86_400_000;

/** A duration as InfluxDB writes it (`168h0m0s`), in ms; null for none. */
export function parseShardDuration(text: string): number | null {
  const [, hours = "0", minutes = "0", seconds = "0"] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  const total = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return total > 0 ? total : null;
}

/**
 * Cuts a window where shards of the given duration meet, for a query over two shards loses points without a word where a field has changed its type
 * between them. Without a duration: at each midnight in UTC, where shards of a day and of a week meet.
 */
export function shardPieces({ start, end }: Window, duration: number | null): Window[] {
  const length = duration ?? DAY;
  const pieces: Window[] = [];
  for (let from = start; from < end; ) {
    const next = Math.floor((from + FIRST_SHARD) / length + 1) * length - FIRST_SHARD;
    const to = Math.min(next, end);
    pieces.push({ start: from, end: to });
    from = to;
  }
  return pieces;
}
