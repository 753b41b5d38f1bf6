import type { Span } from "../../core/window.js";
import type { PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import type { AskedNames } from "../relation/to-relation.js";
import type { PointCounts } from "./point-counts.js";

/** A way to points that can also count them without reading them. */
export interface PointSource {
  /** How it counts: counts are compared only with counts made the same way. */
  readonly method: string;
  read(query: PointQuery, span: Span | null, target: ReadTarget): Promise<Points>;
  /** Which fields and tags the relation has, in order. */
  names(query: PointQuery, signal: AbortSignal): Promise<AskedNames>;
  /** Counts the values of each field in each window, as the query limits them; with `sums`, adds up those that are numbers too. Throws `CONFIG_INVALID` where it cannot. */
  count(query: PointQuery, fields: readonly string[], span: Span | null, signal: AbortSignal, sums?: boolean): Promise<PointCounts>;
}
