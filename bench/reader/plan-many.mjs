// Plans over a ledger of 100,000 windows, of which each hundredth failed, and prints the CPU of one plan in ms. Bundled by bench/backfill.mjs.
import { openGrid } from "../../src/pipelines/open-grid.ts";
import { plan } from "../../src/pipelines/plan.ts";

const HOUR = 3_600_000;
const WINDOWS = 100_000;
const grid = await openGrid("1h", "UTC");
const failed = { status: "failed", lastStatus: "failed", windows: 1, attempt: 1, failures: 1, current: true };
const ranges = Array.from({ length: WINDOWS / 100 }, (_, index) => index * 100 * HOUR).flatMap((from) => [
  { ...failed, from, to: from + HOUR },
  { ...failed, status: "loaded", lastStatus: "loaded", windows: 99, failures: 0, from: from + HOUR, to: from + 100 * HOUR },
]);
const input = { grid, ranges, from: 0, rerun: null, horizon: (WINDOWS + 24) * HOUR, maxAttempts: 24, maxWindows: Number.POSITIVE_INFINITY };

const times = Array.from({ length: 9 }, () => {
  const before = process.cpuUsage();
  const { ranges: planned } = plan({ ...input, allowEmpty: false, onlyReplayable: null, late: [], lookback: 0 });
  if (planned.length < WINDOWS / 100) throw new Error(`${planned.length} ranges were planned`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
});
console.log(times.sort((a, b) => a - b)[4]);
