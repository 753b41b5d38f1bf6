/** A request that the server refuses: its status, and what it says. */
export class Refusal extends Error {
  readonly status: string;
  readonly code: string;

  constructor(status: string, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A query that the server cannot run, or that the double does not know. */
export function invalid(message: string): Refusal {
  return new Refusal("400 Bad Request", "invalid", message);
}
