import type { StateStore } from "../../src/core/state-store.js";
import memory from "../../src/state/memory.js";

let stores = 0;

/** A state store that lives as long as the test. */
export function openMemoryStore(): Promise<StateStore> {
  stores += 1;
  return memory.open(
    {},
    { project: `/test-${stores}`, warehouse: undefined as never, clock: { now: () => Date.now() }, warn: () => undefined },
  );
}
