import type { EventListener } from "../../core/events.js";

/** A face of a run while it goes on. */
export interface Reporter {
  readonly listener: EventListener;
  /** Leaves the terminal as it was. */
  stop(): void;
}
