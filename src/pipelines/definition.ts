import { createHash } from "node:crypto";
import type { Pipeline, Step } from "../core/pipeline.js";

/**
 * The SHA-256 of what makes a pipeline's numbers what they are: grid, and the steps that reach a loader with their settings, secrets left out.
 * Not: connections, warehouse, state, settle, begin, batch and the like, which move work about without changing its results.
 */
export function definitionOf(pipeline: Pipeline): string {
  const grid = pipeline.kind === "windowed" ? { every: pipeline.every, timezone: pipeline.timezone } : {};
  const steps = stepsBeforeLoaders(pipeline.steps).map(({ id, node, publicSettings, from }) => ({
    id,
    type: node.type,
    version: node.version,
    settings: publicSettings,
    from,
  }));
  return createHash("sha256")
    .update(JSON.stringify(canonical({ ...grid, steps })))
    .digest("hex");
}

function stepsBeforeLoaders(steps: readonly Step[]): Step[] {
  const needed = new Set<string>();
  for (const step of [...steps].reverse()) {
    if (step.role === "load" || needed.has(step.id)) for (const { step: id } of step.from) needed.add(id);
    if (step.role === "load") needed.add(step.id);
  }
  return steps.filter(({ id }) => needed.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The same value with the keys of every object in order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}
