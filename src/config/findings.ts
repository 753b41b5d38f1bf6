import type { SecretReference } from "../core/secret-source.js";
import type { Issue } from "./issue.js";
import type { Reference } from "./reference.js";
import { secretsIn } from "./secrets-in.js";

const SHORTEST_SECRET = 4;

/** What reading a configuration brings to light: errors, warnings, and values that must never be shown. */
export class Findings {
  readonly #errors: Issue[] = [];
  readonly #warnings: Issue[] = [];
  readonly #secrets = new Set<string>();
  readonly #references = new Map<string, SecretReference>();

  error(issue: Issue): void {
    this.#errors.push(issue);
  }

  warn(issue: Issue): void {
    this.#warnings.push(issue);
  }

  secret(value: string): void {
    for (const each of secretsIn(value)) if (each.length >= SHORTEST_SECRET) this.#secrets.add(each);
  }

  /** A reference that was filled in. */
  reference({ name, secret, value, literal }: Reference): void {
    if (!secret) return;
    this.secret(value);
    this.#references.set(name, { name, found: literal ? "default" : value === "" ? "empty" : "value" });
  }

  /** A reference that is looked up when it is needed. */
  lateReference(name: string, optional: boolean): void {
    const always = optional && this.#references.get(name)?.optional !== false;
    this.#references.set(name, { name, found: null, optional: always });
  }

  /** References to secrets, in the order in which they were met. */
  get references(): SecretReference[] {
    return [...this.#references.values()];
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
