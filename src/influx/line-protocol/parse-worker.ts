// Parses files in a thread of its own: a job comes, and what the file holds goes back, or null where whoever sent it must read the file himself.
import { parentPort } from "node:worker_threads";
import { type ParsedFile, type ParseJob, parseFile } from "./parse-file.js";

function buffers(parsed: ParsedFile | null): ArrayBuffer[] {
  return (parsed?.batches ?? []).flatMap(({ columns }) =>
    columns.map((column) => (column.type === "VARCHAR" ? column.codes : column.data).buffer as ArrayBuffer),
  );
}

let before: Promise<unknown> = Promise.resolve();

parentPort?.on("message", (job: ParseJob) => {
  before = before.then(async () => {
    const parsed = await parseFile(job).catch(() => null);
    parentPort?.postMessage(parsed, buffers(parsed));
  });
});
