import type { Path } from "./field.js";

/** A copy of settings without what stands at some paths. */
export function omitPaths(settings: Readonly<Record<string, unknown>>, paths: readonly Path[]): Readonly<Record<string, unknown>> {
  const hidden = new Set(paths.map((path) => JSON.stringify(path.map(String))));
  const copy = (value: unknown, path: string[]): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => copy(item, [...path, String(index)]));
    if (typeof value !== "object" || value === null) return hidden.has(JSON.stringify(path)) ? undefined : value;
    const kept = Object.entries(value).filter(([key]) => !hidden.has(JSON.stringify([...path, key])));
    return Object.fromEntries(kept.map(([key, inner]) => [key, copy(inner, [...path, key])]));
  };
  return hidden.size === 0 ? settings : (copy(settings, []) as Record<string, unknown>);
}
