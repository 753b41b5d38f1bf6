import { z } from "zod";
import { defineStateStore, type StateStore, type StateStoreContext } from "../core/state-store.js";

const settings = z.strictObject({
  api_url: z
    .string()
    .refine(isAddress, "must be http://HOST:4200/api or a workspace's address, without credentials or query in it")
    .describe("The Prefect API: `PREFECT_API_URL` of the Python pipeline"),
  api_key: z.string().default("").meta({ secret: true }).describe("API key of Prefect Cloud"),
  auth_string: z
    .string()
    .default("")
    .meta({ secret: true })
    .describe("`user:password` of a server that asks for one; counts before `api_key`"),
  block_type: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be a slug: small letters, digits and dashes")
    .default("pipelinestateblock")
    .describe("The slug of the block's type: the Python class's name in small letters, or its `_block_type_slug`"),
});

function isAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === "";
}

export default defineStateStore({
  type: "prefect",
  summary: "A Prefect block, which Python's `PipelineStateBlock` reads and writes too",
  config: settings,
  examples: [
    { api_url: "http://127.0.0.1:4200/api" },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: references, as they are written in the file
    { api_url: "${PREFECT_API_URL}", api_key: "${PREFECT_API_KEY}" },
  ],
  open: (given, context) => openStore(given, context),
});

async function openStore(
  { api_url: url, block_type: slug, api_key: key, auth_string: pair }: z.output<typeof settings>,
  context: StateStoreContext,
): Promise<StateStore> {
  const [{ authorization }, { PrefectClient }, { openPrefectStore }] = await Promise.all([
    import("../prefect/authorization.js"),
    import("../prefect/prefect-client.js"),
    import("./lib/open-prefect-store.js"),
  ]);
  return openPrefectStore({ client: new PrefectClient({ url, authorization: authorization(key, pair) }), slug, warn: context.warn });
}
