// Parses parts of files in a thread of its own: a job comes, and what the part holds goes back, or null where whoever sent it must read it himself.
import { parentPort } from "node:worker_threads";
import { type ParsedPart, type ParseJob, parsePart } from "./parse-part.js";

function buffers(parsed: ParsedPart | null): ArrayBuffer[] {
  return (parsed?.batches ?? []).flatMap(({ columns }) =>
    columns.map((column) => (column.type === "VARCHAR" ? column.codes : column.data).buffer as ArrayBuffer),
  );
}

let before: Promise<unknown> = Promise.resolve();

parentPort?.on("message", (job: ParseJob) => {
  before = before.then(async () => {
    const parsed = await parsePart(job).catch(() => null);
    parentPort?.postMessage(parsed, buffers(parsed));
  });
});
