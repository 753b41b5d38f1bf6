import type { Paint } from "./colour.js";
import type { Session } from "./session.js";

/** Where a result is rendered to. */
export interface Screen {
  readonly paint: Paint;
  /** Columns; without end where it is no terminal. */
  readonly width: number;
}

/** What a command came to. */
export interface Result<Document extends object = object> {
  /** What `--json` prints. */
  readonly document: Document;
  /** The exit status; default 0. */
  readonly exit?: number;
  /** It was asked what is wrong: for a person too it goes to stdout, whatever the exit status. */
  readonly diagnosis?: true;
  /** The document for a person; it is given the document without anything a terminal could take for a command. */
  render(document: Document, screen: Screen): string;
}

/** A command: one file in `commands/`, loaded when it is used. */
export type Command = (session: Session, operands: readonly string[]) => Promise<Result>;
