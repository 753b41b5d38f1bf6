import { createHash } from "node:crypto";
import { z } from "zod";
import { KpiError } from "../../core/errors.js";
import type { PipelineState, StoredState } from "../../core/state-store.js";

/** Counted up when an older `kpi` could not read the file any more. In every version `sha256` is that of the compact JSON of all other keys. */
const SCHEMA_VERSION = 1;

/** The shape of a pipeline's state, other keys allowed. */
export const PIPELINE_STATE = z.looseObject({ last_processed_hour: z.string().nullable(), first_hour: z.string().nullable() });

const DOCUMENT = z.object({
  schema_version: z.number(),
  key: z.string(),
  value: PIPELINE_STATE,
  version: z.string(),
  updated_at: z.string(),
  updated_by: z.string(),
});

export interface StateDocument extends StoredState {
  readonly key: string;
}

/** One key with its state as the text of a file. */
export function writeDocument({ key, value, version, updated_at, updated_by }: StateDocument): string {
  const document = { schema_version: SCHEMA_VERSION, key, value, version, updated_at, updated_by };
  return `${JSON.stringify({ ...document, sha256: checksum(document) }, null, 2)}\n`;
}

/** Null for text that is not, byte for byte in meaning, what was written. Throws STATE_TOO_NEW. */
export function readDocument(text: string, path: string): StateDocument | null {
  const document = parse(text);
  if (document === null) return null;
  const version = document.schema_version;
  if (typeof version === "number" && version > SCHEMA_VERSION) {
    throw new KpiError(
      "STATE_TOO_NEW",
      `Cannot read the state file "${path}" of version "${version}": this kpi knows version ${SCHEMA_VERSION}`,
      {
        hint: "Upgrade kpi",
      },
    );
  }
  const { success, data } = DOCUMENT.safeParse(document);
  return success ? { ...data, value: data.value as PipelineState } : null;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const { sha256, ...document } = JSON.parse(text) as Record<string, unknown>;
    return sha256 === checksum(document) ? document : null;
  } catch {
    return null;
  }
}

function checksum(document: Readonly<Record<string, unknown>>): string {
  return createHash("sha256").update(JSON.stringify(document)).digest("hex");
}
