/** A copy in which every string, keys included, has gone through `change`, and every bigint has become text. */
export function mapStrings<Value>(value: Value, change: (text: string) => string): Value {
  return mapAny(value, change) as Value;
}

function mapAny(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map((item) => mapAny(item, change));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapAny(item, change)]));
}
