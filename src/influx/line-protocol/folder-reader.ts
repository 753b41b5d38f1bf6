import type { Span } from "../../core/window.js";
import type { PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import { canKeep, FolderPass } from "./folder-pass.js";
import { type Folder, type Listing, listFolder } from "./listing.js";
import { readFolder, readListed } from "./read-folder.js";

/** For so long, in ms, the spans of a run share one listing: to ask after thousands of files takes as long as to read some. */
const FRESH = 5_000;

/** Reads a folder, and shares among the spans of a run what they have in common. */
export class FolderReader {
  readonly #folder: Folder;
  readonly #fresh: number;
  /** By bucket. */
  readonly #listings = new Map<string, { readonly at: number; readonly listing: Promise<Listing> }>();
  /** By query; null where its spans are read one by one. */
  readonly #passes = new Map<string, Promise<FolderPass | null>>();

  constructor(folder: Folder, fresh = FRESH) {
    this.#folder = folder;
    this.#fresh = fresh;
  }

  /** Throws what `readFolder` throws. */
  async read(query: PointQuery, span: Span | null, target: ReadTarget): Promise<Points> {
    const { ahead } = target;
    if (span === null || !ahead || (ahead.windows.start === span.start && ahead.windows.end === span.end))
      return readFolder(this.#folder, query, span, target);
    const listing = await this.#listing(query.bucket);
    const key = JSON.stringify([query.bucket, query.measurement, query.fields, [...query.where], [...query.types]]);
    const begun = this.#passes.get(key);
    // what breaks a pass off concerns some spans only: read one by one, those will meet it again
    const pass =
      begun ?? (canKeep(listing, ahead) ? FolderPass.through(listing, query, ahead, target).catch(() => null) : Promise.resolve(null));
    this.#passes.set(key, pass);
    return (await pass)?.of(span, listing) ?? readListed(listing, query, span, target);
  }

  #listing(bucket: string): Promise<Listing> {
    const last = this.#listings.get(bucket);
    if (last !== undefined && performance.now() - last.at < this.#fresh) return last.listing;
    const listing = listFolder(this.#folder, bucket);
    this.#listings.set(bucket, { at: performance.now(), listing });
    listing.catch(() => this.#listings.delete(bucket));
    return listing;
  }
}
