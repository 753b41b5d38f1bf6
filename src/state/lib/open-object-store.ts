import { KpiError } from "../../core/errors.js";
import type { StateStore, StateStoreContext } from "../../core/state-store.js";
import { toIso } from "../../core/time.js";
import { keyFileName } from "./key-file-name.js";
import { nextVersion } from "./next-version.js";
import type { ObjectBucket } from "./object-bucket.js";
import { ObjectLocks } from "./object-locks.js";
import { requireVersion } from "./require-version.js";
import { readDocument, type StateDocument, writeDocument } from "./state-document.js";
import { writeObject } from "./write-object.js";

/** A state that was removed leaves an object that says so: not every store removes conditionally. */
const REMOVED = "removed";

interface Found {
  readonly tag: string;
  /** Null where the state was removed. */
  readonly document: StateDocument | null;
}

/** Keeps states as objects, whose tags are the versions. */
export function openObjectStore(bucket: ObjectBucket, { clock }: Pick<StateStoreContext, "clock">): StateStore {
  const locks = new ObjectLocks(bucket);
  const find = async (name: string): Promise<Found | null> => {
    const found = await bucket.read(name);
    return found === null ? null : { tag: found.tag, document: documentIn(found.text, bucket.address(name)) };
  };
  /** Writes over what is `expected`; the new version. */
  const change = async (key: string, text: string, expected: string | null): Promise<string> => {
    const name = nameOf(key);
    const removed = expected === null ? await find(name) : null;
    const versionOf = (found: Found | null) => (found === null || found.document === null ? null : found.tag);
    requireVersion(key, expected ?? versionOf(removed), expected);
    const version = await writeObject(bucket, name, text, expected ?? removed?.tag ?? null);
    if (version !== null) return version;
    requireVersion(key, versionOf(await find(name)), expected);
    throw new KpiError("STATE_CONFLICT", `Cannot change the state of "${key}": others keep changing it`, { hint: "Run the command again" });
  };
  return {
    read: async (key) => {
      const found = await find(nameOf(key.normalize("NFC")));
      if (found === null || found.document === null) return null;
      const { value, updated_at, updated_by } = found.document;
      return { value, version: found.tag, updated_at, updated_by };
    },
    write: async (name, value, expected, by) => {
      const key = name.normalize("NFC");
      const document = { key, value, version: nextVersion(null), updated_at: toIso(clock.now()), updated_by: by };
      return change(key, writeDocument(document), expected);
    },
    remove: async (name, expected) => {
      await change(name.normalize("NFC"), `${JSON.stringify({ [REMOVED]: nextVersion(null) })}\n`, expected);
    },
    list: async () => {
      const names = (await bucket.list()).filter((name) => name.endsWith(".json"));
      const found = await Promise.all(names.map(find));
      return found.flatMap((one) => (one === null || one.document === null ? [] : [one.document.key])).sort();
    },
    lock: (key, request) => locks.take(key.normalize("NFC"), request),
    holder: (key) => locks.holder(key),
    unlock: (key, id) => locks.remove(key, id),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function nameOf(key: string): string {
  return `${keyFileName(key)}.json`;
}

function documentIn(text: string, address: string): StateDocument | null {
  const document = readDocument(text, address);
  if (document !== null) return document;
  if (text.startsWith(`{"${REMOVED}":`)) return null;
  throw new KpiError("CONFIG_INVALID", `Cannot read the state in "${address}": it is not as kpi wrote it`, {
    hint: "Delete the object: the next run takes the cursor from the warehouse's ledger",
  });
}
