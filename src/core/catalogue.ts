import type { Connection } from "./connection.js";
import type { Extractor, Loader, Transformer } from "./node.js";
import type { StateStoreType } from "./state-store.js";

/** A module that is loaded when somebody needs it. */
export type Lazy<Type> = () => Promise<{ readonly default: Type }>;

/** Every type there is, by name. It is generated from the folders; see `app/catalogue.gen.ts`. */
export interface Catalogue {
  readonly extractors: Readonly<Record<string, Lazy<Extractor>>>;
  readonly transformers: Readonly<Record<string, Lazy<Transformer>>>;
  readonly loaders: Readonly<Record<string, Lazy<Loader>>>;
  readonly connections: Readonly<Record<string, Lazy<Connection>>>;
  readonly stateStores: Readonly<Record<string, Lazy<StateStoreType>>>;
}
