// A proxy before a server, in a worker: passes everything on and keeps the requests that ask for data, in order.
import http from "node:http";
import { parentPort, workerData } from "node:worker_threads";

const requests = [];
const { host } = new URL(workerData.server);
const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const { method, url, headers } = request;
  if (!url.startsWith("/ping")) requests.push({ method, path: url, headers: { ...headers, host }, body: body.toString() });
  http
    .request(`http://${host}${url}`, { method, headers: { ...headers, host } }, (reply) => {
      response.writeHead(reply.statusCode, reply.headers);
      reply.pipe(response);
    })
    .end(body);
});
server.listen(0, "127.0.0.1", () => parentPort.postMessage({ url: `http://127.0.0.1:${server.address().port}` }));
parentPort.on("message", () => parentPort.postMessage({ requests }));
