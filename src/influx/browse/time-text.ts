/** Microseconds since 1970 as RFC 3339 in UTC, without digits that say nothing. */
export function timeText(micros: number): string {
  const milliseconds = Math.floor(micros / 1000);
  const rest = micros - milliseconds * 1000;
  const text = new Date(milliseconds).toISOString().slice(0, -1);
  const exact = rest === 0 ? text : `${text}${String(rest).padStart(3, "0")}`;
  return `${exact.replace(/\.?0+$/, (zeros) => (exact.includes(".") ? "" : zeros))}Z`;
}
