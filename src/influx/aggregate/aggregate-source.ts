import type { Window } from "../../core/window.js";
import type { PointSource } from "../count/point-source.js";
import type { PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import type { AggregateQuery } from "./parts.js";

/** A way to points whose server can aggregate them where they lie. */
export interface AggregateSource extends PointSource {
  /** The queries for points as they are: none goes over two shards. */
  queries(query: PointQuery, window: Window | null, signal: AbortSignal): Promise<readonly string[]>;
  /** Why the server cannot be asked for these aggregates, so that points must be read instead; null where it can. */
  obstacle(query: AggregateQuery, window: Window | null, signal: AbortSignal): Promise<string | null>;
  /** The queries for the parts of aggregates: none goes over two shards. */
  partQueries(query: AggregateQuery, window: Window | null, signal: AbortSignal): Promise<readonly string[]>;
  /** Reads the parts: slots of fields are named as `partName` says. Throws `SOURCE_*`, `CREDENTIALS_REFUSED`. */
  readParts(query: AggregateQuery, window: Window | null, target: ReadTarget): Promise<Points>;
}
