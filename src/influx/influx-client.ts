import type { Probe } from "../core/connection.js";
import type { CountContext, SourceCounts, SourceTally } from "../core/node.js";
import type { SourceContents, SourceQuestion } from "../core/source-contents.js";
import type { Span } from "../core/window.js";
import type { Query } from "./point-query.js";
import type { ReadTarget } from "./read-target.js";
import type { Relation } from "./relation/to-relation.js";

/** An InfluxDB, or a folder of what one may hold. */
export interface InfluxClient extends AsyncDisposable {
  /**
   * Reads what is asked for into tables of the step. `counted` is null for a query in the source's own language.
   *
   * Throws `SOURCE_*`, `CREDENTIALS_REFUSED`.
   */
  read(query: Query, span: Span | null, target: ReadTarget): Promise<ReadResult>;
  /** Counts values by window and column; null for a query in the source's own language. Throws what `read` throws, `CONFIG_INVALID` for sums it cannot have. */
  count(query: Query, context: CountContext): Promise<SourceTally | null>;
  /** The query as the source gets it, and by which way. */
  explain(query: Query, span: Span | null, signal: AbortSignal): Promise<string>;
  /** Asks who answers. */
  probe(signal: AbortSignal): Promise<Probe>;
  /** Looks at what it holds. */
  browse(question: SourceQuestion, signal: AbortSignal): Promise<SourceContents>;
}

export interface ReadResult {
  readonly sql: Relation["sql"];
  readonly light?: Relation["light"];
  readonly counted: Relation["counted"] | null;
  /** By column: what the source counted to prove that nothing is missing; null where it was not asked. */
  readonly counts: SourceCounts | null;
  /** What the source could count beside reading; null where that is not another number. */
  readonly tally?: SourceTally | null;
}
