import type { z } from "zod";
import type { SourceContents, SourceQuestion } from "./source-contents.js";
import type { Instant } from "./time.js";

/** The proxies of the environment (`HTTP_PROXY`, `HTTPS_PROXY`), as it names them: they may hold credentials. Null = none. */
export interface Proxies {
  readonly http: string | null;
  readonly https: string | null;
  /** The hosts that are spoken to directly, as `NO_PROXY` lists them. */
  readonly except: string;
}

/** What a connection is opened with besides its settings. */
export interface ConnectionContext {
  /** The name in `connections:`, for messages. */
  readonly name: string;
  /** The project's folder, absolute: relative paths in settings start there. */
  readonly project: string;
  /** A folder for what may be kept between runs (`.kpi/cache`), absolute; it may not exist yet. */
  readonly cache: string;
  /** Absent: none. */
  readonly proxies?: Proxies | undefined;
}

/** What a probe found out about the system behind a connection. */
export interface Probe {
  readonly version: string;
  readonly detail: string;
  /** What its clock shows; absent where it does not tell. */
  readonly clock?: Instant | undefined;
}

/**
 * The type of a named outside system. It lives in its system's room, in a file called `<type>-connection.ts`.
 * A run opens each connection it needs once; its steps share it; the engine closes it.
 */
export interface Connection<Config extends z.ZodObject = z.ZodObject, Client extends AsyncDisposable = AsyncDisposable> {
  readonly type: string;
  readonly summary: string;
  /** `z.strictObject`; credentials are marked with `.meta({ secret: true })`. */
  readonly config: Config;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  /** Files and folders it reads, relative to the project. */
  reads?(settings: z.output<Config>): readonly string[];
  /** Makes the client, loading what it is made of. Nothing is sent before the client is used. */
  open(settings: z.output<Config>, context: ConnectionContext): Promise<Client>;
  /** Asks the system who it is; throws the `KpiError` that says why it cannot be used. */
  probe(client: Client, signal: AbortSignal): Promise<Probe>;
  /** Looks at what the system holds. Absent where it has nothing to list. Throws `SOURCE_*`, `CREDENTIALS_REFUSED`. */
  browse?(client: Client, question: SourceQuestion, signal: AbortSignal): Promise<SourceContents>;
}

/** Types a connection's declaration: the settings it is opened with are those of its schema. */
export function defineConnection<Config extends z.ZodObject, Client extends AsyncDisposable>(
  declaration: Connection<Config, Client>,
): Connection<Config, Client> {
  return declaration;
}
