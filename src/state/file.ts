import { resolve } from "node:path";
import { z } from "zod";
import { defineStateStore, type StateStore, type StateStoreContext } from "../core/state-store.js";
import { toIso } from "../core/time.js";
import { keyFileName } from "./lib/key-file-name.js";
import { breakLock, readLockHolder } from "./lib/lock-holder.js";
import { nextVersion } from "./lib/next-version.js";
import { requireVersion } from "./lib/require-version.js";
import { StateFolder } from "./lib/state-folder.js";
import { takeLease } from "./lib/take-lease.js";

const config = z.strictObject({
  path: z.string().min(1).default(".kpi/state").describe("The folder of the state files, from the project's folder on"),
});

export default defineStateStore({
  type: "file",
  summary: "One small file for each pipeline, in a folder of this machine",
  config,
  examples: [{}, { path: "/var/lib/kpi/state" }],
  open: async ({ path }, context) => openFolder(resolve(context.project, path), context),
});

function openFolder(folder: string, { clock, warn }: StateStoreContext): StateStore {
  const files = new StateFolder(folder, warn);
  const lockPath = (key: string) => `${folder}/${keyFileName(key)}.lock`;
  return {
    read: async (key) => {
      const document = await files.read(key.normalize("NFC"));
      if (document === null) return null;
      const { value, version, updated_at, updated_by } = document;
      return { value, version, updated_at, updated_by };
    },
    write: (name, value, expected, by) => {
      const key = name.normalize("NFC");
      return files.change(key, by, (stored) => {
        requireVersion(key, stored?.version ?? null, expected);
        const version = nextVersion(expected);
        files.put({ key, value, version, updated_at: toIso(clock.now()), updated_by: by });
        return version;
      });
    },
    remove: (name, expected) => {
      const key = name.normalize("NFC");
      return files.change(key, "kpi", (stored) => {
        requireVersion(key, stored?.version ?? null, expected);
        files.setAside(key, "previous");
      });
    },
    list: () => files.keys(),
    lock: async (key, request) => takeLease(lockPath(key), key, request),
    holder: async (key) => readLockHolder(lockPath(key)),
    unlock: async (key, id) => breakLock(lockPath(key), id),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
