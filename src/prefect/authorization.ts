/** The `Authorization` header for a key of Prefect Cloud, or for `user:password`, which counts before it; null where both are empty. */
export function authorization(key: string, pair: string): string | null {
  if (pair !== "") return `Basic ${Buffer.from(pair).toString("base64")}`;
  return key === "" ? null : `Bearer ${key}`;
}
