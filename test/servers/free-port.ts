import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections: nobody else is given one before the server takes it. */
const FIRST = 15_000;
const END = 32_000;

/** A port on loopback that nobody listens on for now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "EADDRINUSE") continue;
      throw thrown;
    }
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
