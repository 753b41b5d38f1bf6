/** A stream that goes out, which may be a terminal. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What the command line needs of the process; `process` is one. */
export interface Host {
  readonly env: NodeJS.ProcessEnv;
  readonly argv?: readonly string[];
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  cwd(): string;
  readonly pid: number;
  exit(code: number): never;
  kill(pid: number, signal: string): unknown;
  on(event: string, listener: (thrown: unknown) => void): unknown;
  off(event: string, listener: (thrown: unknown) => void): unknown;
}
