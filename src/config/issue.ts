/** Something about the configuration that a person should know, and where. Lines and columns count from 1. */
export interface Issue {
  readonly message: string;
  readonly hint: string | null;
  /** Relative to the folder `kpi` was started in where it lies inside, else absolute. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The keys that lead there, such as `pipelines.pipeline-horario.steps.kpi.by`; empty for a whole file. */
  readonly path: string;
}
