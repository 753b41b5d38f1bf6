import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a server on loopback that can be cut. */
export interface TcpGate extends AsyncDisposable {
  readonly port: number;
  /** Breaks what is under way, and refuses what comes. */
  shut(): void;
  open(): void;
  /** Breaks a connection once, when the text comes by on its way to the server: before it is passed on, or when it has been answered. Then it shuts the gate, or does not. */
  breakAt(text: string, when: "before" | "answered", then?: "shut"): void;
}

/** Opens a gate before the port. */
export async function openGate(target: number): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  let isShut = false;
  let trap: { text: string; when: "before" | "answered"; then: "shut" | undefined } | null = null;
  const shut = () => {
    isShut = true;
    for (const socket of sockets) socket.destroy();
  };
  const spring = (...pair: Socket[]) => {
    for (const socket of pair) socket.destroy();
    if (trap?.then === "shut") shut();
    trap = null;
  };
  const server = createServer((client) => {
    if (isShut) return client.destroy();
    const upstream = connect(target, "127.0.0.1");
    let seen = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (data) => {
      seen ||= trap !== null && data.includes(trap.text);
      if (seen && trap?.when === "before") spring(client, upstream);
      else upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (seen && trap !== null) spring(client, upstream);
      else client.write(data);
    });
    return undefined;
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    shut,
    open: () => {
      isShut = false;
    },
    breakAt: (text, when, then) => {
      trap = { text, when, then };
    },
    [Symbol.asyncDispose]: async () => {
      shut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
