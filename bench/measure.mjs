// Times whole processes: CPU seconds (user + system) and wall seconds, medians of several runs.
import { execFileSync } from "node:child_process";

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs a command once. `before` prepares each run and is not timed. */
function once(command, { cwd, env }) {
  const script = 'TIMEFORMAT="%U %S %R"; { time "$@" >/dev/null 2>"$KPI_BENCH_ERRORS"; } 2>&1';
  const output = execFileSync("bash", ["-c", script, "bench", ...command], {
    cwd,
    env: { ...process.env, KPI_BENCH_ERRORS: "/dev/null", ...env },
    encoding: "utf8",
  });
  const [user, system, wall] = output.trim().split(/\s+/).slice(-3).map(Number);
  return { cpu: user + system, wall };
}

/**
 * Runs commands in turns, so that a machine that is slower for a while is so for all of them.
 * @param cases {{ command: string[], before?: () => void, cwd?: string }[]}
 * @returns {{ cpu: number, wall: number }[]} medians, in seconds, in the order of the cases
 */
export function measureInTurns(cases, { runs = 7 } = {}) {
  const results = cases.map(() => []);
  for (let run = 0; run < runs; run++) {
    cases.forEach(({ command, before = () => undefined, ...options }, index) => {
      before();
      results[index].push(once(command, options));
    });
  }
  return results.map((times) => ({ cpu: median(times.map(({ cpu }) => cpu)), wall: median(times.map(({ wall }) => wall)) }));
}

/** @returns {{ cpu: number, wall: number }} medians, in seconds */
export function measure(command, { runs, ...options } = {}) {
  return measureInTurns([{ command, ...options }], { runs })[0];
}
