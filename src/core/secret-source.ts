/** Where references to secrets lead that are looked up when they are needed, each of them once. */
export interface SecretSource {
  /**
   * Looks up `prefect:secret/NAME` or `prefect:gcp-credentials/NAME`; null where there is nothing of that name.
   * `optional`: nor is it an error that nothing says where to look. Throws CONFIG_INVALID for that, and what the system behind it throws.
   */
  read(reference: string, optional: boolean): Promise<string | null>;
  /** Makes a text known as one that must never be shown. */
  keep(secret: string): void;
}

/** Gives settings with their references looked up. Throws CONFIG_INVALID, and what looking them up throws. */
export type FillSettings = (secrets: SecretSource) => Promise<Readonly<Record<string, unknown>>>;

/** A reference to a secret, by name: `NAME`, `file:path`, `prefect:secret/NAME`. */
export interface SecretReference {
  readonly name: string;
  /** What stands in its place; null while it has not been looked up. */
  readonly found: "value" | "default" | "empty" | null;
  /** Whether a default stands ready where it leads to nothing; of those that have not been looked up. */
  readonly optional?: boolean | undefined;
}

/** How Prefect is reached, as its own clients are told (`PREFECT_API_URL`, `PREFECT_API_KEY`, `PREFECT_API_AUTH_STRING`). */
export interface PrefectSettings {
  readonly url: string;
  /** Empty: none. */
  readonly key: string;
  /** `user:password`; counts before the key. Empty: none. */
  readonly auth: string;
}

/** Takes secrets out of text, in every form in which they are likely to appear. */
export interface Scrubber {
  add(secrets: Iterable<string>): void;
  scrub(text: string): string;
}
