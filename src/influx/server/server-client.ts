import type { Probe } from "../../core/connection.js";
import { KpiError } from "../../core/errors.js";
import type { InfluxClient, ReadResult } from "../influx-client.js";
import type { ServerOptions } from "./server-options.js";

/** Reads an InfluxDB over HTTP. */
export class ServerClient implements InfluxClient {
  readonly #options: ServerOptions;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  async read(): Promise<ReadResult> {
    throw this.#unable();
  }

  async explain(): Promise<string> {
    throw this.#unable();
  }

  async probe(): Promise<Probe> {
    throw this.#unable();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // nothing is held open
  }

  #unable(): KpiError {
    return new KpiError("CONFIG_INVALID", `Cannot read "${this.#options.url}": only file: addresses can be read`);
  }
}
