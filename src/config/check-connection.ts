import type { DraftStep } from "./draft-step.js";
import { offer } from "./offer.js";
import type { DraftConnection } from "./read-connections.js";
import { describe } from "./wording.js";

/** Checks that a step names a connection of the type its node wants. */
export function checkConnection({ id, field, node, connection }: DraftStep, connections: ReadonlyMap<string, DraftConnection>): void {
  if (node === null) return;
  const wanted = node.connection;
  const fitting = [...connections].filter(([, { type }]) => type === wanted).map(([name]) => name);
  if (connection?.located.broken) return;
  if (wanted === undefined) {
    connection?.keyError(`Cannot use a connection in step "${id}": ${node.role} "${node.type}" speaks to no outside system`);
    return;
  }
  if (connection === null) {
    const hint = fitting.length > 0 ? `connection: ${fitting.join(" or ")}` : `Add one with type: ${wanted} to "connections"`;
    field.keyError(`Cannot do without "connection" in step "${id}": ${node.role} "${node.type}" needs one of type "${wanted}"`, hint);
    return;
  }
  const found = typeof connection.value === "string" ? connections.get(connection.value.normalize("NFC")) : undefined;
  if (found === undefined)
    connection.error(
      `Cannot use ${describe(connection.value)} as connection: there is none of that name`,
      offer(String(connection.value), [...connections.keys()]),
    );
  else if (found.type !== null && found.type !== wanted)
    connection.error(
      `Cannot use "${connection.value}" as connection of step "${id}": its type is "${found.type}", not "${wanted}"`,
      fitting.length > 0 ? `connection: ${fitting.join(" or ")}` : null,
    );
}
