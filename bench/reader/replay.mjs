// The bare downloads: sends the requests of a file one after the other, takes every byte of the replies and drops it.
import { readFileSync } from "node:fs";
import http from "node:http";

const agent = new http.Agent({ keepAlive: true });
const [server, file] = process.argv.slice(2);
for (const { method, path, headers, body } of JSON.parse(readFileSync(file, "utf8"))) {
  await new Promise((resolve, reject) => {
    const request = http.request(`${server}${path}`, { method, headers, agent }, (reply) => reply.on("end", resolve).resume());
    request.on("error", reject).end(body);
  });
}
agent.destroy();
