import type { Issue } from "./issue.js";

const SHORTEST_SECRET = 4;

/** What reading a configuration brings to light: errors, warnings, and values that must never be shown. */
export class Findings {
  readonly #errors: Issue[] = [];
  readonly #warnings: Issue[] = [];
  readonly #secrets = new Set<string>();

  error(issue: Issue): void {
    this.#errors.push(issue);
  }

  warn(issue: Issue): void {
    this.#warnings.push(issue);
  }

  secret(value: string): void {
    if (value.length >= SHORTEST_SECRET) this.#secrets.add(value);
  }

  /** How many errors there are so far. */
  get count(): number {
    return this.#errors.length;
  }

  /** All that was found, in the order of the files given. */
  inOrder(files: readonly string[]): { readonly errors: Issue[]; readonly warnings: Issue[] } {
    return { errors: this.#inOrder(this.#errors, files), warnings: this.#inOrder(this.#warnings, files) };
  }

  /** The longest first, so that hiding one does not leave the rest of another. */
  get secrets(): string[] {
    return [...this.#secrets].sort((a, b) => b.length - a.length);
  }

  #inOrder(issues: readonly Issue[], files: readonly string[]): Issue[] {
    const secrets = this.secrets;
    const hide = (text: string) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "***"), text);
    return issues
      .map((issue) => ({ ...issue, message: hide(issue.message), hint: issue.hint === null ? null : hide(issue.hint) }))
      .sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column);
  }
}
