import { once } from "node:events";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { WHOLE } from "../../src/influx/line-protocol/file-part.js";
import { listFiles } from "../../src/influx/line-protocol/list-files.js";
import { parsePart } from "../../src/influx/line-protocol/parse-part.js";
import { writeFiles } from "../influx/support/clients.js";
import { hour, points, temporaryFolder } from "../influx/support/read-points.js";

const window = hour("2026-01-01T10:00:00Z");
const START = `${window.start}000000`;

describe("the thread that parses files", () => {
  it("is built beside those who start it, and gives back in order what files hold, or nothing where it cannot", async () => {
    await using place = await temporaryFolder();
    await writeFiles(place.path, { "a.lp": `m,k=a v=1 ${START}\nm,k=b v=2 ${START}`, "b.lp": `m v=x ${START}`, "c.lp": `m w=3 ${START}` });
    const jobs = (await listFiles(place.path, "")).map((file) => ({ file, query: points(), window, part: WHOLE, filter: false }));
    const gone = {
      file: { path: join(place.path, "gone.lp"), name: "gone.lp", size: 1, mtime: 1 },
      query: points(),
      window,
      part: WHOLE,
      filter: false,
    };
    const worker = new Worker(resolve("dist/parse-worker.js"));
    try {
      for (const job of [gone, ...jobs]) {
        worker.postMessage(job);
        const [parsed] = (await once(worker, "message")) as [unknown];
        expect(parsed).toEqual(job === gone ? null : await parsePart(job));
      }
    } finally {
      await worker.terminate();
    }
  });
});
