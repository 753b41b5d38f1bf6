import type { ColumnVector } from "../../core/relation.js";
import type { ParsedPart } from "./parse-part.js";
import type { PointSink } from "./point-sink.js";

/** Takes the points of a part of a file that was parsed elsewhere; false, and nothing is taken, where its columns are not of the types of those before it. */
export async function acceptParsed({ slots, batches, series, disordered }: ParsedPart, sink: PointSink): Promise<boolean> {
  const { writer } = sink;
  const columns = batches[0]?.columns.slice(2) ?? [];
  const numbers = columns.map(({ type }: ColumnVector, index) => {
    const { role, name } = slots[index] ?? { role: "tag", name: "" };
    return writer.need(role, name, type);
  });
  if (writer.changed) await writer.reshape();
  if (!batches.every((batch) => writer.add(batch, numbers))) return false;
  sink.orderAll(series, disordered);
  return true;
}
