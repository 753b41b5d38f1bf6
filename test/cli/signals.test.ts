import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../../src/cli/main.js";
import { fakeApp } from "./support/fake-app.js";
import { FakeHost } from "./support/fake-host.js";

/** A run that goes on until it is stopped, and takes its time even then if told so. */
function endless(host: FakeHost, { deaf = false, typed = ["run"] } = {}) {
  let started: () => void = () => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const app = fakeApp({
    run: (_, { signal }) =>
      new Promise((_, reject) => {
        started();
        if (!deaf) signal.addEventListener("abort", () => reject(signal.reason));
      }),
  });
  return { running, ended: main(typed, host, app) };
}

describe("a signal", () => {
  it.each([
    ["SIGINT", 130, "INTERRUPTED"],
    ["SIGTERM", 143, "TERMINATED"],
  ])("%s stops the run with %i, says so, and leaves no listener behind", async (name, exit, code) => {
    const host = new FakeHost();
    const { running, ended } = endless(host, { typed: ["run", "--json"] });
    await running;
    host.emit(name);
    expect(await ended).toBe(exit);
    expect(JSON.parse(host.stdout.text)).toMatchObject({ ok: false, error: { code } });
    expect(host.stderr.text).toContain("Stopping: what is not committed is rolled back");
    expect(host.exits).toEqual([]);
    expect(host.eventNames()).toEqual([]);
  });

  it("ends the whole of `run --all`", async () => {
    const host = new FakeHost();
    const { running, ended } = endless(host, { typed: ["run", "--all"] });
    await running;
    host.emit("SIGTERM");
    expect(await ended).toBe(143);
  });

  it("that comes again ends the process at once", async () => {
    const host = new FakeHost();
    const { running } = endless(host, { deaf: true });
    await running;
    host.emit("SIGINT");
    expect(host.exits).toEqual([]);
    host.emit("SIGINT");
    expect(host.exits).toEqual([130]);
  });
});

describe("a run that does not end when stopped", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("is ended after 20 seconds", async () => {
    const host = new FakeHost();
    const { running } = endless(host, { deaf: true });
    await running;
    host.emit("SIGTERM");
    vi.advanceTimersByTime(19_999);
    expect(host.exits).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(host.exits).toEqual([143]);
  });
});

describe("an exception that nobody caught", () => {
  it("is told like any other bug, and ends the process with 70", async () => {
    const host = new FakeHost();
    const { running } = endless(host, { deaf: true });
    await running;
    host.emit("uncaughtException", new Error("lost promise"));
    await vi.waitFor(() => expect(host.exits).toEqual([70]));
    expect(host.stderr.text).toContain("error: lost promise (INTERNAL)");
  });
});

describe("a command that waits for what will never come", () => {
  it("is told of as a bug, and ends with 70 instead of 0", async () => {
    const host = new FakeHost();
    const { running } = endless(host, { deaf: true });
    await running;
    host.emit("beforeExit", 0);
    await vi.waitFor(() => expect(host.exits).toEqual([70]));
    expect(host.stderr.text).toContain("error: there is nothing left to wait for (INTERNAL)");
  });
});
