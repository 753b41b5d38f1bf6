import { afterAll, beforeAll, describe, it } from "vitest";
import { stateStoreContract } from "../contracts/state-store.js";
import type { StateServer } from "../servers/state-server.js";
import { openServerStore, SERVERS, type ServerStore } from "./support/server-stores.js";

describe.each(Object.keys(SERVERS) as ServerStore[])("the %s store", (type) => {
  const program = SERVERS[type].find();
  describe.skipIf(program === null)("", () => {
    let server: StateServer;
    beforeAll(async () => {
      server = await SERVERS[type].start(program ?? "");
    }, 60_000);
    afterAll(() => server?.[Symbol.asyncDispose]());

    for (const [sentence, check] of Object.entries(stateStoreContract)) {
      it(sentence, { timeout: 30_000 }, async () => {
        const place = await server.place();
        await check({ open: () => openServerStore(type, place), ttl: 600 });
      });
    }
  });
});
