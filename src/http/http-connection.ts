import { z } from "zod";
import { defineConnection } from "../core/connection.js";

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Headers by name. */
export const httpHeaders = z.record(
  z.string().regex(HEADER_NAME, "is no name of a header"),
  z.string().regex(HEADER_VALUE, "is no value of a header"),
);

function isAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return (
    url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" && url.search === "" && url.hash === ""
  );
}

const settings = z
  .strictObject({
    url: z
      .string()
      .refine(isAddress, "must be http://HOST or https://HOST/PATH, without credentials or query in it")
      .describe("The address below which steps ask"),
    token: z.string().default("").meta({ secret: true }).describe("Sent as `Authorization: Bearer …`"),
    username: z.string().default("").describe("User name, sent as `Authorization: Basic …`"),
    password: z.string().default("").meta({ secret: true }).describe("Password of the user"),
    ca: z
      .string()
      .default("")
      .describe(
        "PEM file, from the project's folder, with the authorities that may have signed the server's certificate, in place of the usual ones",
      ),
    headers: httpHeaders.default({}).meta({ secret: true }).describe("Sent with every request, such as an API key"),
  })
  .refine(({ token, username }) => token === "" || username === "", {
    path: ["token"],
    message: "stands for itself: leave out `username`",
  });

export default defineConnection({
  type: "http",
  summary: "A server that answers in JSON",
  config: settings,
  examples: [
    { url: "https://api.example.org/v1" },
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: references, as they are written in the file
    { url: "https://api.example.org", token: "${API_TOKEN}" },
    { url: "http://plant.local:8080", headers: { "x-api-key": "${PLANT_KEY}" } },
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
  ],
  open: async ({ url, headers, ca, ...credentials }, { project, proxies }) => {
    const [{ HttpClient }, { openRoute }] = await Promise.all([import("./http-client.js"), import("../net/open-route.js")]);
    return new HttpClient({
      url: new URL(url),
      headers: { ...authorization(credentials), ...headers },
      route: await openRoute({ url, project, ca, proxies }),
    });
  },
  probe: (client, signal) => client.probe(signal),
});

function authorization({ token, username, password }: { token: string; username: string; password: string }): Record<string, string> {
  if (token !== "") return { authorization: `Bearer ${token}` };
  return username === "" ? {} : { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}
