import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import type { Host } from "../../../src/cli/host.js";

/** A stream that keeps what it is given; it can pose as a terminal, and refuse everything with an error code. */
export class FakeStream extends Writable {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number;
  readonly #refusal: string | null;

  constructor(isTTY: boolean, columns: number, refusal: string | null) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
    this.#refusal = refusal;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#refusal === null) this.text += chunk.toString();
    done(this.#refusal === null ? null : Object.assign(new Error(`write ${this.#refusal}`), { code: this.#refusal }));
  }

  clearLine(): boolean {
    return true;
  }

  cursorTo(): boolean {
    return true;
  }

  moveCursor(): boolean {
    return true;
  }
}

export interface FakeHostOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly tty?: boolean;
  readonly columns?: number;
  /** What a person types. */
  readonly input?: string;
  /** The error code with which stdout refuses every byte. */
  readonly refusal?: string;
}

/** A process to run the command line in. */
export class FakeHost extends EventEmitter implements Host {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: PassThrough & { isTTY?: boolean };
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;
  /** The statuses it was told to leave with at once. */
  readonly exits: number[] = [];

  constructor({ env = {}, tty = false, columns = 100, input, refusal }: FakeHostOptions = {}) {
    super();
    this.env = env;
    this.stdin = Object.assign(new PassThrough(), { isTTY: tty });
    if (input !== undefined) this.stdin.end(input);
    this.stdout = new FakeStream(tty, columns, refusal ?? null);
    this.stderr = new FakeStream(tty, columns, null);
  }

  cwd(): string {
    return "/project";
  }

  readonly pid = 1;

  kill(): void {}

  exit(code: number): never {
    this.exits.push(code);
    return undefined as never;
  }
}
