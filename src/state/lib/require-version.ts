import { KpiError } from "../../core/errors.js";

/** Throws STATE_CONFLICT where what is stored (null: nothing) is not what the writer has seen. */
export function requireVersion(key: string, stored: string | null, expected: string | null): void {
  if (stored === expected) return;
  const found = stored === null ? "nothing is stored" : `version "${stored}" is stored`;
  const seen = expected === null ? "nothing" : `version "${expected}"`;
  throw new KpiError("STATE_CONFLICT", `Cannot change the state of "${key}" over ${seen}: ${found}`, {
    hint: "Somebody else has changed it in the meantime: run the command again",
  });
}
