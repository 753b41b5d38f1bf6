/** The file in a run's folder that says who runs what; it is written before the first event. */
export const RUN_FILE = "run.json";

export interface RunFile {
  readonly pipeline: string;
  /** By the run's clock. */
  readonly started: string;
  /** As `Processes.self` gives it. */
  readonly process: unknown;
}
