// The bare download: every byte of a reply is taken and dropped.
import http from "node:http";

const { url, body } = JSON.parse(process.argv[2]);
const options = {
  method: body === undefined ? "GET" : "POST",
  headers: { accept: "application/x-msgpack", "accept-encoding": "identity" },
};
http
  .request(url, options, (reply) => {
    reply.resume();
  })
  .end(body);
