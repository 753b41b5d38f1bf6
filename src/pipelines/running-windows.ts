import { join } from "node:path";
import type { RunEvent } from "../core/events.js";
import type { Window } from "../core/window.js";
import { EventReader } from "./read-events.js";
import { isAlive, readRunFile } from "./read-run.js";
import { newestFirst, runsFolder } from "./runs.js";
import type { EngineParts } from "./session.js";

/** So many of the newest runs are looked at: of one pipeline no more than a run and a backfill live at a time. */
const NEWEST = 20;

/** What live runs of a pipeline on this machine have begun and not yet committed, in spans. */
export async function runningSpans({ project, processes }: EngineParts, pipeline: string): Promise<Window[]> {
  const root = runsFolder(project.root);
  const spans: Window[] = [];
  for (const id of (await newestFirst(root)).slice(0, NEWEST)) {
    const folder = join(root, id);
    const file = await readRunFile(folder);
    if (file?.pipeline !== pipeline || isAlive(file, processes) !== true) continue;
    const events = await new EventReader(folder).next();
    if (events.at(-1)?.type !== "run:end") spans.push(...openSpans(events));
  }
  return spans;
}

/** Windows of a span are committed in order, all at once or one by one. */
function openSpans(events: readonly RunEvent[]): Window[] {
  const committed = events.flatMap((event) => (event.type === "window:end" ? [Date.parse(event.data.end)] : []));
  return events.flatMap((event) => {
    if (event.type !== "span:start") return [];
    const [first, end] = [Date.parse(event.data.start), Date.parse(event.data.end)];
    const start = committed.reduce((latest, done) => (done > latest && done <= end ? done : latest), first);
    return start < end ? [{ start, end }] : [];
  });
}
