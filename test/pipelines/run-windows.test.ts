import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/core/events.js";
import { openMemoryStore } from "../support/open-memory-store.js";
import { HOUR, TestProject } from "../support/test-project.js";

let project: TestProject;
beforeEach(async () => {
  project = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
  project.fill("2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z");
});
afterEach(() => project.remove());

describe("a run that breaks off", () => {
  it("ends no sooner than the spans it has begun", async () => {
    let read = 0;
    project.beforeExtract = async () => {
      await sleep(50);
      read += 1;
    };
    let spans = 0;
    const listener = ({ type }: RunEvent) => {
      if (type === "span:start" && ++spans === 2) throw new Error("broken off");
    };
    const pipeline = project.windowed({ begin: { kind: "ago", ms: 3 * HOUR }, batch: 1 });
    await project.run(pipeline, { listeners: [listener] }).catch(() => undefined);
    expect({ spans, read }).toEqual({ spans: 2, read: 1 });
  });
});
