import type { z } from "zod";
import type { Database } from "./database.js";
import type { Appender, Column, RelationColumn } from "./relation.js";
import type { Clock, Instant } from "./time.js";
import type { Span, Window } from "./window.js";

/**
 * A node type is one file with one default export: `defineExtractor`, `defineTransformer` or `defineLoader`. It declares itself as data; parsing,
 * defaults, `kpi nodes`, its page's table and the editor's schema are made from that. It is handed a context and nothing global, and puts out relations.
 */
interface Declaration<Config extends z.ZodObject> {
  /** The name in pipeline files, snake_case, equal to the file's name. */
  readonly type: string;
  /** Counted up when the same settings would give other results than before; part of a pipeline's definition. */
  readonly version: number;
  readonly summary: string;
  /** `z.strictObject`: every field described, secrets marked with `.meta({ secret: true })`. */
  readonly config: Config;
  /** Settings as a person would write them in a step, each valid: shown on the node's page and tried by the contract suite. */
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  /** The type of the connection the step must name, where the node speaks to an outside system. */
  readonly connection?: string;
  /** `external`: it acts on the world, so it runs after its window's commit and feeds no loader of the warehouse. Default: none. */
  readonly effect?: "none" | "external";
}

/** Can the node answer for a past window (`window`), for the newest settled one only (`now`), or has its data no time at all (`none`)? */
export type TimeFact = "window" | "now" | "none";

/** A relation that a step reads. It can be named by its alias in SQL on `context.db`. */
export interface Input {
  /** The name under which the step's SQL sees it: the id of the step it comes from, or the key in `from: { left: a, right: b }`. */
  readonly alias: string;
  readonly columns: readonly RelationColumn[];
  /** True where the relation holds windowed rows; under `spans` it then carries `window_start TIMESTAMPTZ`. */
  readonly windowed: boolean;
}

/**
 * What a step puts out on a port: a SELECT over its inputs, a table it appended to, or nothing because the branch is not taken. `light`: the SELECT costs
 * its readers no more than a table of its rows would.
 */
export type Output =
  | { readonly kind: "select"; readonly sql: string; readonly light?: boolean }
  | { readonly kind: "appended"; readonly table: AppendedTable }
  | { readonly kind: "closed" };

/** One output, or one for each port that the node declares. */
export type Outputs = Output | { readonly kind: "ports"; readonly ports: Readonly<Record<string, Output>> };

/** A table of the workspace that the node fills itself. */
export interface AppendedTable extends Appender {
  readonly table: string;
}

/** What a run will come to besides the span in hand, for an extractor that must read more than a span's own data to be sure of it. */
export interface Ahead {
  /** The bounds of all windows that are planned. */
  readonly windows: Window;
  /** Makes an empty table that stays until the run ends. */
  append(columns: readonly Column[]): Promise<AppendedTable>;
}

/** All that a step is handed; there is nothing global. */
export interface StepContext {
  /** A connection of the step's own, on which its inputs are views named by their aliases. */
  readonly db: Database;
  /** By alias, in the order of `from`. */
  readonly inputs: ReadonlyMap<string, Input>;
  /** The window to compute; null under `spans`, for extractors, and in a workflow. */
  readonly window: Window | null;
  /** The span being handled; null in a workflow. */
  readonly span: Span | null;
  /** What the step's connection type opened; undefined for a node that declares none. */
  readonly connection: unknown;
  /** Aborted when the run is stopped or the step's time is up. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly run: { readonly id: string; readonly pipeline: string; readonly step: string };
  /** Absolute paths: the project's folder, and one of the run's own that is removed with it. */
  readonly files: { readonly project: string; readonly scratch: string };
  /** Absent in a workflow, and where few of the windows between those bounds are planned. */
  readonly ahead?: Ahead | undefined;
  /** Makes an empty table of the step's own to append to. */
  append(columns: readonly Column[]): Promise<AppendedTable>;
  /** Tells how far the work has come. */
  progress(done: { readonly rows?: number; readonly bytes?: number; readonly note?: string }): void;
  /** Tells the reader of the run something that needs no action. */
  log(message: string): void;
  /** Tells the reader of the run something that may need action; the window stays as it is. */
  warn(code: string, message: string): void;
}

/** What is known of one field's values in one window of the source. */
export interface FieldCount {
  /** As read, without nulls. */
  readonly values: number;
  /** As the source itself counted them, apart from reading; null where it was not asked. */
  readonly count: number | null;
  /** How it counted: counts are compared only with counts made the same way. */
  readonly method: string | null;
  /** The sum of the values as the source itself had it beside the count; absent where it was not asked, or the values are no numbers. */
  readonly sum?: number | undefined;
}

/** By start of window, then by field (`rows`, where rows themselves are counted). */
export type SourceCounts = ReadonlyMap<Instant, Readonly<Record<string, FieldCount>>>;

/** What the source itself counts, without being read. */
export interface SourceTally {
  /** How it counts: counts are compared only with counts made the same way. */
  readonly method: string;
  /** By start of window, then by field as in `SourceCounts`; what is left out is 0. `sum` is null where it was not asked, or the values are no numbers. */
  readonly windows: ReadonlyMap<Instant, Readonly<Record<string, { readonly count: number; readonly sum: number | null }>>>;
}

/** What an extractor is handed to count with. */
export interface CountContext extends Pick<StepContext, "db" | "append" | "connection" | "signal" | "files"> {
  /** Its windows are counted, one by one. */
  readonly span: Span;
  /** Whether sums are wanted too. */
  readonly sums: boolean;
  /** True: a point that is there twice counts once, as it does when it is read. False: it will do if the count changes whenever points come or go. */
  readonly exact: boolean;
}

/** What an extractor brings: the relation, and how to cut and count it. */
export interface Extraction {
  readonly output: Output;
  /** The TIMESTAMPTZ column by which the engine gives rows to windows; null where `time` is not `window`. */
  readonly time: string | null;
  /** The columns whose non-null values add up to a window's source rows; null where rows themselves are counted. */
  readonly counted: readonly string[] | null;
  /** What only the extractor can know: raw counts behind rows that the source has aggregated, or counts it proved a reply by. It stands in for counting. */
  readonly counts?: SourceCounts;
  /** What the source was counted at beside reading it, where that is another number than what came: points that are there twice. */
  readonly tally?: SourceTally;
}

/** Brings a relation into the workspace. */
export interface Extractor<Config extends z.ZodObject = z.ZodObject> extends Declaration<Config> {
  readonly role: "extract";
  /** A fact, or a function of the settings. */
  time(settings: z.output<Config>): TimeFact;
  /** Files and folders the settings make it read, relative to the project; everything else is fenced off from SQL. */
  reads?(settings: z.output<Config>): readonly string[];
  /** Reads the span (in a workflow: everything). The engine filters to `[start, end)` again, whatever comes. */
  extract(settings: z.output<Config>, context: StepContext): Promise<Extraction>;
  /** Counts the values of windows with few questions, however many windows: what tells of late points. Null where these settings leave nothing to count by. */
  count?(settings: z.output<Config>, context: CountContext): Promise<SourceTally | null>;
  /** The query as the source gets it, for `plan --explain`. */
  explain?(settings: z.output<Config>, context: ExplainContext): Promise<string>;
}

/** What an extractor is handed when it is only asked for its query. */
export interface ExplainContext {
  readonly span: Span | null;
  readonly connection: unknown;
  readonly signal: AbortSignal;
}

/** Makes relations of relations. */
export interface Transformer<Config extends z.ZodObject = z.ZodObject> extends Declaration<Config> {
  readonly role: "transform";
  /** How many inputs `from` may name. Default: exactly one. */
  readonly inputs?: { readonly least: number; readonly most: number };
  /** True: it is given a whole span, keeps `window_start`, and a span of n windows equals n windows one by one. */
  spans(settings: z.output<Config>): boolean;
  /** The names of its outputs where there are several: `step.port`. */
  ports?(settings: z.output<Config>): readonly string[];
  transform(settings: z.output<Config>, context: StepContext): Promise<Outputs>;
}

/** The relation a loader publishes. */
export interface LoadInput extends Input {
  /** Its quoted, qualified name; also valid inside the publishing transaction. */
  readonly table: string;
}

export interface LoadContext extends Omit<StepContext, "inputs" | "window" | "span" | "append"> {
  /** Null where nothing came (no points, or a branch not taken) and earlier rows are to be removed. */
  readonly input: LoadInput | null;
  /** The windows whose rows are to be replaced; null in a workflow. */
  readonly windows: readonly Window[] | null;
  /** The catalog of the warehouse on `db`; null for a loader that does not commit inside its transaction. */
  readonly warehouse: string | null;
}

export interface LoadReport {
  /** Rows now published: by start of window in a pipeline (windows without rows may be left out), under null in a workflow. */
  readonly rows: ReadonlyMap<number | null, number>;
}

/** Publishes a relation. */
export interface Loader<Config extends z.ZodObject = z.ZodObject> extends Declaration<Config> {
  readonly role: "load";
  /** `inside`: in the warehouse's transaction, on its connection. `before`: ahead of it, under a name fixed by pipeline, step and window. */
  readonly commit: "inside" | "before";
  /** The warehouse table it publishes to; null for a loader outside the warehouse. */
  table(settings: z.output<Config>): string | null;
  /** The columns by which rows take each other's place; absent or null where they go by window. */
  key?(settings: z.output<Config>): readonly string[] | null;
  /** The table and the column of windows by which what it published can be counted again; null where rows of later windows take the place of earlier ones. */
  published?(settings: z.output<Config>): { readonly table: string; readonly column: string } | null;
  /** Files and folders the settings make it write, relative to the project. */
  writes?(settings: z.output<Config>): readonly string[];
  load(settings: z.output<Config>, context: LoadContext): Promise<LoadReport>;
}

export type Node = Extractor | Transformer | Loader;
export type Role = Node["role"];

/** Types an extractor's declaration: the settings it is handed are those of its schema. */
export function defineExtractor<Config extends z.ZodObject>(declaration: Omit<Extractor<Config>, "role">): Extractor<Config> {
  return { ...declaration, role: "extract" };
}

/** Types a transformer's declaration: the settings it is handed are those of its schema. */
export function defineTransformer<Config extends z.ZodObject>(declaration: Omit<Transformer<Config>, "role">): Transformer<Config> {
  return { ...declaration, role: "transform" };
}

/** Types a loader's declaration: the settings it is handed are those of its schema. */
export function defineLoader<Config extends z.ZodObject>(declaration: Omit<Loader<Config>, "role">): Loader<Config> {
  return { ...declaration, role: "load" };
}
