const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** A row of bars from the least value to the greatest; a blank where there is none. Equal values are all in the middle. */
export function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  const least = Math.min(...known);
  const range = Math.max(...known) - least;
  return values.map((value) => (value === null || !Number.isFinite(value) ? " " : bar((value - least) / range))).join("");
}

function bar(share: number): string {
  const index = Number.isFinite(share) ? Math.round(share * (BARS.length - 1)) : 3;
  return BARS[index] as string;
}
