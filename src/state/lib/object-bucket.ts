/** One object, as it was read. */
export interface StoredObject {
  readonly text: string;
  /** Changes with every write; only for comparing. */
  readonly tag: string;
  /** How long ago it was written, by the server's own clock, to the second: in ms. */
  readonly age: number;
}

/**
 * The part of an object store that states lie in; names are relative to it. It knows compare-and-set.
 *
 * Throws SOURCE_UNREACHABLE, SOURCE_BUSY, SOURCE_TIMEOUT (all three: the write may have been made), SOURCE_NOT_FOUND, CREDENTIALS_REFUSED, SOURCE_UNEXPECTED.
 */
export interface ObjectBucket {
  /** How people call an object: `s3://bucket/kpi/p.json`. */
  address(name: string): string;
  read(name: string): Promise<StoredObject | null>;
  /** Writes where the object still has the tag (null: where there is none), and gives the new one; null where somebody else was first. */
  write(name: string, text: string, tag: string | null): Promise<string | null>;
  list(): Promise<string[]>;
}
