import { execFileSync } from "node:child_process";

/** The end-to-end tests run the built tool: build it once, from the sources as they are now. */
export default function setup(): void {
  execFileSync(process.execPath, ["scripts/ensure.mjs"], { stdio: "inherit" });
}
