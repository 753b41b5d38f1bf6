import { readFileSync } from "node:fs";
import { KpiError, toKpiError } from "../core/errors.js";
import { type App, app as realApp } from "./app.js";
import type { CommandLine } from "./command-line.js";
import type { Host } from "./host.js";
import { openOutput } from "./output.js";

/** Carries out one command line and resolves to its exit status; it never rejects. Only when told twice to stop does it end the process itself. */
export async function main(argv: readonly string[], host: Host, app: App = realApp): Promise<number> {
  const output = openOutput(host);
  const line: CommandLine = { argv, host, app, output };
  const crash = (thrown: unknown) => {
    void fail(line, toKpiError(thrown)).then(async (status) => {
      await output.flush();
      host.exit(status);
    });
  };
  /** Something is awaited that will never come: that is no success. */
  const stuck = () => crash(new Error("there is nothing left to wait for"));
  host.on("uncaughtException", crash);
  host.on("beforeExit", stuck);
  let exit = await answer(line).catch((thrown: unknown) => fail(line, toKpiError(thrown)));
  const broken = await output.flush();
  if (broken !== null) exit = await fail(line, new KpiError("CANNOT_WRITE", `Cannot write the result to stdout: ${broken.message}`));
  await output.flush();
  host.off("uncaughtException", crash);
  host.off("beforeExit", stuck);
  return exit;
}

/** Answers `--version` by itself: scripts ask it often, and it need not cost them the grammar. */
async function answer(line: CommandLine): Promise<number> {
  const [first, ...rest] = line.argv;
  const version = readVersion();
  if (rest.length === 0 && (first === "--version" || first === "-V")) {
    line.output.result(`${version}\n`);
    return 0;
  }
  const { interpret } = await import("./interpret.js");
  return interpret(line, version);
}

async function fail(line: CommandLine, error: KpiError): Promise<number> {
  const { fail } = await import("./fail.js");
  return fail(line, error);
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
}
