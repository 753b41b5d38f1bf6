// A server needs a thread of its own while the main one waits for the process it measures.
import { parentPort, workerData } from "node:worker_threads";
import { serveReply } from "./flux-server.mjs";

parentPort.postMessage((await serveReply(workerData)).url);
