// Generated from the folders by scripts/generate-catalogue.mjs: npm run gen
import type { Catalogue } from "../core/catalogue.js";

export const catalogue = {
  extractors: {},
  transformers: {},
  loaders: {},
  connections: {},
  stateStores: {},
} as const satisfies Catalogue;
