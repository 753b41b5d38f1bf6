import { afterEach, expect, it } from "vitest";
import { KPI, startOnTerminal } from "../cli/support/start.js";
import { type JsonServer, openJsonServer } from "../support/json-server.js";
import { KpiProject } from "../support/kpi-project.js";
import { slowConfig } from "../support/slow-config.js";

let project: KpiProject;
let server: JsonServer;
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  project.remove();
});

it("tells on a terminal how many windows of a backfill are done, how fast, and how long it still takes", async () => {
  project = new KpiProject();
  server = await openJsonServer();
  server.answer(async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    return [{ n: 1 }];
  });
  project.write("config.yaml", slowConfig(server.url));
  const stretch = ["--from", "2026-01-01", "--to", "2026-01-01T06:00:00Z", "--concurrency", "1"];
  const words = ["backfill", "slow", ...stretch, "--config", `${project.folder}/config.yaml`, "--now", "2026-01-02T00:00:00Z"];
  const { status, screen } = await startOnTerminal(KPI, words, { columns: 120 });
  expect(status).toBe(0);
  expect(screen).toMatch(/slow {2}[1-5]\/6 windows, \d+(\.\d)?\/s, \d+(\.\d)? m?s left {2}2026-01-01T0\d:00:00Z/);
  expect(screen).toContain("6 windows loaded");
  expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"));
});
