/** An answer of Prefect. */
export interface PrefectReply {
  readonly status: number;
  /** The body's JSON, null without one. */
  readonly body: unknown;
  /** The server's clock, in ms. */
  readonly now: number;
}

/** A question to Prefect. */
export interface PrefectAsk {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Statuses beside 2xx that are answers, such as 404. */
  readonly answers?: readonly number[];
}
