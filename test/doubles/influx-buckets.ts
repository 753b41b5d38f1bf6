import { type Asked, reply } from "./influx-double.js";

/** The buckets of an organisation with the id 17, as InfluxDB 2 lets them be made, listed and dropped. */
export interface BucketsDouble {
  /** Those that are there, by id. */
  readonly there: Map<string, string>;
  /** Of those that were made, the names. */
  readonly made: string[];
  /** The reply to what is no query; null for any other request. */
  answer(asked: Asked): Buffer | null;
}

export function bucketsDouble(): BucketsDouble {
  const there = new Map<string, string>();
  const made: string[] = [];
  const json = (status: string, value: unknown) => reply(status, "application/json; charset=utf-8", JSON.stringify(value));
  const make = ({ body }: Asked) => {
    const { name, orgID } = JSON.parse(body) as { name: string; orgID: string };
    if (orgID !== "17") return json("404 Not Found", { code: "not found", message: "organization not found" });
    if ([...there.values()].includes(name))
      return json("422 Unprocessable Entity", { code: "conflict", message: `bucket with name ${name} already exists` });
    const id = String(made.push(name));
    there.set(id, name);
    return json("201 Created", { id, name });
  };
  return {
    there,
    made,
    answer: (asked) => {
      const { method, url } = asked;
      const [, , , kind, id] = url.pathname.split("/");
      if (url.pathname === "/api/v2/orgs") return json("200 OK", { orgs: [{ id: "17" }] });
      if (kind === "write") return Buffer.from("HTTP/1.1 204 No Content\r\n\r\n");
      if (kind === "buckets" && method === "POST") return make(asked);
      if (kind === "buckets" && method === "DELETE" && there.delete(id ?? "")) return Buffer.from("HTTP/1.1 204 No Content\r\n\r\n");
      if (kind === "buckets" && url.searchParams.has("limit"))
        return json("200 OK", { buckets: [...there].map(([key, name]) => ({ id: key, name })) });
      return null;
    },
  };
}
