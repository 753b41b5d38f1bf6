import type { CommanderError } from "commander";
import { KpiError } from "../../core/errors.js";

/** What commander could not read, as an error of ours: its first line, and the name it thinks was meant as the hint. */
export function usageError({ message }: CommanderError): KpiError {
  const [first = "", suggestion] = message.replace(/^error: /, "").split("\n");
  const [, meant] = suggestion?.match(/^\(Did you mean (.+)\?\)$/) ?? [];
  const sentence = first.charAt(0).toUpperCase() + first.slice(1).replaceAll("'", '"').replace(/\.$/, "");
  return new KpiError("USAGE", sentence, { hint: meant && `Did you mean ${meant}?` });
}
