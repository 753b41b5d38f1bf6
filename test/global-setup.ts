import { execFileSync } from "node:child_process";
import { findSecrets } from "./support/find-secrets.js";

/**
 * The end-to-end tests run the built tool: build it once, from the sources as they are now. `KPI_TEST_BUILD=skip` leaves `dist` as it is.
 * What the run of the tests itself says is searched for their secrets too.
 */
export default function setup(): () => void {
  if (process.env.KPI_TEST_BUILD !== "skip") execFileSync(process.execPath, ["scripts/ensure.mjs"], { stdio: "inherit" });
  return listen();
}

/** Throws, where called at the end, what has come out on this process's own streams. */
function listen(): () => void {
  const found = new Set<string>();
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as typeof stream.write;
    stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
      for (const each of findSecrets("what the tests said", Buffer.from(chunk))) found.add(each);
      return write(chunk, ...rest);
    }) as typeof stream.write;
  }
  return () => {
    if (found.size > 0) throw new Error([...found].join("\n"));
  };
}
