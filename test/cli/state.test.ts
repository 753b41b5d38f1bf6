import { describe, expect, it } from "vitest";
import { kpi } from "./support/kpi.js";
import { stateReport } from "./support/reports.js";

const HOUR = "2026-01-01T12:00:00Z";

describe("`kpi state`", () => {
  it("shows how far a pipeline has come", async () => {
    expect((await kpi("state show")).stdout).toBe(
      "pipeline-horario\n" +
        "  last processed  2026-01-01T10:00:00Z\n" +
        "  first           2026-01-01T00:00:00Z\n" +
        "  store           file, written 2026-01-01T11:00:05Z by host/42\n",
    );
    expect(JSON.parse((await kpi("state show --json")).stdout)).toEqual(stateReport());
  });

  it("sets the cursor, skipping or adopting", async () => {
    const { asked, stdout } = await kpi(`state set pipeline-horario ${HOUR} --adopt --reason moved --yes`);
    expect(asked).toEqual([["state.set", "pipeline-horario", HOUR, { adopt: true, reason: "moved" }]]);
    expect(stdout).toContain(`last processed  ${HOUR}`);
    expect(stdout).toContain("3 windows adopted");
    expect((await kpi(`state set ${HOUR} --yes`)).asked).toEqual([["state.set", "pipeline-horario", HOUR, { adopt: false, reason: null }]]);
  });

  it("resets from the first hour or a given one", async () => {
    expect((await kpi("state reset --yes")).asked).toEqual([["state.reset", "pipeline-horario", null, { reason: null }]]);
    expect((await kpi("state reset --from 2026-01-01 --yes")).asked[0]?.[2]).toBe("2026-01-01T00:00:00Z");
  });

  it("skips one window, for a reason", async () => {
    const { asked, stdout } = await kpi(`state skip ${HOUR} --reason "sensor off" --yes --json`);
    expect(asked).toEqual([["state.skip", "pipeline-horario", HOUR, { reason: "sensor off" }]]);
    expect(JSON.parse(stdout)).toEqual({ ...stateReport(), marked: { status: "skipped", windows: 1 } });
  });

  it.each([
    [`state set ${HOUR}`, `move "pipeline-horario" from 2026-01-01T10:00:00Z to ${HOUR}: the windows up to it count as skipped`],
    [`state set ${HOUR} --adopt`, "the windows up to it count as adopted"],
    ["state set 2026-01-01", "the windows after it are opened again"],
    [`state skip ${HOUR} --reason off`, `settle the window ${HOUR} of "pipeline-horario" as skipped`],
    ["state reset", 'open every window of "pipeline-horario" again from 2026-01-01T00:00:00Z'],
  ])("`kpi %s` asks on a terminal, tells with --dry-run, and is refused elsewhere without --yes", async (typed, sentence) => {
    const refused = await kpi(typed);
    expect(refused).toMatchObject({ status: 2, stdout: "", asked: [] });
    expect(refused.stderr).toContain("--yes");

    const tried = await kpi(`${typed} --dry-run`);
    expect(tried).toMatchObject({ status: 0, asked: [] });
    expect(tried.stdout).toContain(sentence);

    const agreed = await kpi(typed, {}, { tty: true, input: "y\n" });
    expect(agreed.stderr).toContain(sentence);
    expect(agreed.status).toBe(0);
    expect(agreed.asked.map(([name]) => name)).toEqual([typed.split(" ").slice(0, 2).join(".")]);
  });

  it.each(["n\n", "\n", ""])("changes nothing when the answer is %j", async (input) => {
    const { status, asked, stderr } = await kpi("state reset", {}, { tty: true, input });
    expect({ status, asked }).toEqual({ status: 2, asked: [] });
    expect(stderr).toContain("Nothing was changed");
  });
});
