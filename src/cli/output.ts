import type { Scrubber } from "../core/secret-source.js";
import type { Host, OutputStream } from "./host.js";
import { mapStrings } from "./text/map-strings.js";
import { createScrubber, environmentSecrets } from "./text/scrub.js";

/** The one way out: whatever `kpi` writes goes through here, and leaves its secrets behind. */
export interface Output extends Scrubber {
  /** The command's result, to stdout. */
  result(text: string): void;
  /** The command's result as one JSON document, to stdout. */
  document(document: object): void;
  /** Everything else, to stderr. */
  say(text: string): void;
  /** One JSON line, to stderr. */
  sayEvent(event: object): void;
  /** Waits until both streams have taken everything; gives what went wrong on stdout, where a reader that left is nothing wrong. */
  flush(): Promise<Error | null>;
}

type Failure = NodeJS.ErrnoException | null | undefined;

export function openOutput(host: Host): Output {
  const scrubber = createScrubber();
  scrubber.add(environmentSecrets(host.env));
  const { scrub } = scrubber;
  const stdout = openStream(host.stdout);
  const stderr = openStream(host.stderr);
  // Scrubbed string by string: a number that equals a secret must not spoil the document.
  const toJson = (value: object) => `${JSON.stringify(mapStrings(value, scrub))}\n`;
  return {
    ...scrubber,
    result: (text) => stdout.write(scrub(text)),
    document: (document) => stdout.write(toJson(document)),
    say: (text) => stderr.write(scrub(text)),
    sayEvent: (event) => stderr.write(toJson(event)),
    async flush() {
      const [failure] = await Promise.all([stdout.flush(), stderr.flush()]);
      return failure && failure.code !== "EPIPE" ? failure : null;
    },
  };
}

/** Writes in order and remembers the first failure, instead of ending the process by an unhandled one. */
function openStream(stream: OutputStream) {
  let first: Failure;
  let last: Promise<void> = Promise.resolve();
  const remember = (failure: Failure) => {
    first ??= failure;
  };
  stream.on("error", remember);
  return {
    write(text: string): void {
      if (text === "" || first) return;
      last = new Promise((resolve) => {
        stream.write(text, "utf8", (failure) => {
          remember(failure);
          resolve();
        });
      });
    },
    async flush(): Promise<Failure> {
      await last;
      return first;
    },
  };
}
