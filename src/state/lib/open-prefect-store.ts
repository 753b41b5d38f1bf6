import { KpiError } from "../../core/errors.js";
import type { StateStore, StateStoreContext, StoredState } from "../../core/state-store.js";
import { LeasedLimits, type LeasePatience } from "../../prefect/leased-limits.js";
import type { PrefectClient } from "../../prefect/prefect-client.js";
import { type BlockDocument, StateBlocks } from "../../prefect/state-blocks.js";
import { blockName } from "./block-name.js";
import { keyOf, readBlock, stands, writeBlock } from "./block-state.js";
import { openPrefectLocks, waitForLease } from "./prefect-lock.js";
import { requireVersion } from "./require-version.js";

interface Options extends Pick<StateStoreContext, "warn"> {
  readonly client: PrefectClient;
  /** The slug of the block type. */
  readonly slug: string;
  readonly patience?: LeasePatience | undefined;
}

/** How long a write waits for another, in ms: until a slot that a restart left stuck has been freed. */
const WRITE_PATIENCE = 150_000;
/** How long after its lease was taken a write may begin, in ms. It takes 30 s at most, the lease holds 60. */
const WRITE_BEGINS = 25_000;

/**
 * Keeps states in Prefect blocks. Blocks know no compare-and-set: kpi's own writes exclude each other by a leased limit and are read back;
 * a client that does not take the limit, such as Python's `save`, can still be overwritten, or overwrite, between two requests.
 */
export function openPrefectStore({ client, slug, warn, patience }: Options): StateStore {
  const blocks = new StateBlocks(client, slug);
  const limits = new LeasedLimits(client, patience);
  const told = new Set<string>();
  const naiveOf = (name: string) => (hour: string) => {
    if (told.has(name)) return;
    told.add(name);
    warn("STATE_NAIVE_TIME", `The Prefect block "${name}" holds "${hour}" without a time zone: it is read as UTC`);
  };
  const stateOf = (document: BlockDocument | null): StoredState | null =>
    document === null ? null : readBlock(document, naiveOf(document.name));
  const find = (key: string) => blocks.read(blockName(key));

  /** Runs a change of what is stored, if that is still `expected`, while no other kpi changes it. */
  async function change<Result>(key: string, by: string, expected: string | null, deed: (found: BlockDocument | null) => Promise<Result>) {
    requireVersion(key, stateOf(await find(key))?.version ?? null, expected);
    const lease = await waitForLease(limits, `kpi-write-${slug}-${blockName(key)}`, key, by, WRITE_PATIENCE);
    const taken = performance.now();
    try {
      const found = await find(key);
      requireVersion(key, stateOf(found)?.version ?? null, expected);
      if (performance.now() - taken > WRITE_BEGINS)
        throw new KpiError("SOURCE_BUSY", `Cannot change the state of "${key}": Prefect is too slow`);
      return await deed(found);
    } finally {
      await lease.release().catch(() => undefined);
    }
  }

  return {
    read: async (name) => stateOf(await find(name.normalize("NFC"))),
    write: (name, value, expected, by) => {
      const key = name.normalize("NFC");
      const data = writeBlock(key, value, by);
      return change(key, by, expected, async (found) => {
        await (found === null ? blocks.create(blockName(key), data) : blocks.replace(found.id, data));
        const left = await find(key);
        if (stands(left, data)) return readBlock(left, () => undefined).version;
        throw new KpiError("STATE_CONFLICT", `Cannot change the state of "${key}": another client of Prefect wrote at the same moment`, {
          hint: "Run the command again",
        });
      });
    },
    remove: (name, expected) => {
      const key = name.normalize("NFC");
      return change(key, "kpi", expected, async (found) => {
        if (found !== null) await blocks.remove(found.id);
      });
    },
    list: async () => (await blocks.list()).map(keyOf).sort(),
    ...openPrefectLocks(limits, (name) => `kpi-lock-${slug}-${blockName(name)}`),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
