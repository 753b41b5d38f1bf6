/** Microseconds since 1970 as RFC 3339 in UTC, without digits that say nothing. */
export function timeText(micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  const fraction = String(micros - second * 1_000_000)
    .padStart(6, "0")
    .replace(/0+$/, "");
  const whole = new Date(second * 1000).toISOString().slice(0, -".000Z".length);
  return fraction === "" ? `${whole}Z` : `${whole}.${fraction}Z`;
}
