/** A flag as commander writes it, what it does, and how its value is read. */
export type FlagGrammar = readonly [flags: string, meaning: string, parse?: (text: string, flag: string) => unknown];

export interface CommandGrammar {
  /** As typed: `run`, `state set`. */
  readonly name: string;
  readonly operands: string;
  /** Another name for the last word. */
  readonly alias?: string;
  /** Its group means it where no verb is given. */
  readonly isDefault?: true;
  readonly summary: string;
  /** A command line and what it gives. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  readonly flags: readonly FlagGrammar[];
}
