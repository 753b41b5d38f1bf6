import { main } from "../../../src/cli/main.js";
import { requireNoSecrets } from "../../support/find-secrets.js";
import { type Call, type FakeBehaviour, fakeApp } from "./fake-app.js";
import { FakeHost, type FakeHostOptions } from "./fake-host.js";

export interface Ending {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the engine was asked, opening and closing left out. */
  readonly asked: readonly Call[];
}

/** Types a command line into a fake process with a fake engine behind it. Words are split at blanks, except inside `"…"`. */
export async function kpi(typed: string, behaviour: FakeBehaviour = {}, options: FakeHostOptions = {}): Promise<Ending> {
  const host = new FakeHost(options);
  const app = fakeApp(behaviour);
  const words = [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const status = await main(words, host, app);
  requireNoSecrets(`what "kpi ${typed}" said`, host.stdout.text + host.stderr.text);
  const asked = app.calls.filter(([name]) => !["load", "openEngine", "close"].includes(name));
  return { status, stdout: host.stdout.text, stderr: host.stderr.text, asked };
}
