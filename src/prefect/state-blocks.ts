import { KpiError } from "../core/errors.js";
import type { PrefectClient } from "./prefect-client.js";

export type BlockData = Readonly<Record<string, unknown>>;

export interface BlockDocument {
  readonly id: string;
  readonly name: string;
  /** RFC 3339, to the microsecond; changes with every write. */
  readonly updated: string;
  readonly data: BlockData;
}

/** What Python registers for `class PipelineStateBlock(Block)`: its shape, to the letter. */
function schemaFields(slug: string): BlockData {
  const hour = {
    anyOf: [{ format: "date-time", type: "string" }, { type: "null" }],
    default: null,
    title: "Last Processed Hour",
    position: 0,
  };
  return {
    block_schema_references: {},
    block_type_slug: slug,
    properties: { last_processed_hour: hour },
    secret_fields: [],
    title: nameOf(slug),
    type: "object",
  };
}

function nameOf(slug: string): string {
  return slug === "pipelinestateblock" ? "PipelineStateBlock" : slug;
}

const PAGE = 200;

/** The block documents of one type. Prefect keeps whatever was written last; nothing here guards against that. */
export class StateBlocks {
  readonly #client: PrefectClient;
  readonly #slug: string;

  constructor(client: PrefectClient, slug: string) {
    this.#client = client;
    this.#slug = slug;
  }

  async read(name: string): Promise<BlockDocument | null> {
    const path = `/block_types/slug/${this.#slug}/block_documents/name/${name}?include_secrets=true`;
    const { status, body } = await this.#client.ask({ method: "GET", path, answers: [404] });
    return status === 404 ? null : (body as BlockDocument);
  }

  async list(): Promise<BlockDocument[]> {
    const found: BlockDocument[] = [];
    for (;;) {
      const { body } = await this.#client.ask({
        method: "POST",
        path: "/block_documents/filter",
        body: {
          block_documents: { is_anonymous: { eq_: false } },
          block_types: { slug: { any_: [this.#slug] } },
          ...{ include_secrets: true, limit: PAGE, offset: found.length, sort: "NAME_ASC" },
        },
      });
      const page = body as BlockDocument[];
      found.push(...page);
      if (page.length < PAGE) return found;
    }
  }

  /** False where there is one of that name. */
  async create(name: string, data: BlockData): Promise<boolean> {
    const type = await this.#type();
    const schema = await this.#schema(type);
    const body = { name, data, block_type_id: type, block_schema_id: schema, is_anonymous: false };
    return (await this.#client.ask({ method: "POST", path: "/block_documents/", body, answers: [409] })).status !== 409;
  }

  /** Replaces all data; the schema stays as it is. False where the document is gone. */
  async replace(id: string, data: BlockData): Promise<boolean> {
    const ask = { method: "PATCH", path: `/block_documents/${id}`, body: { data, merge_existing_data: false }, answers: [404] } as const;
    return (await this.#client.ask(ask)).status !== 404;
  }

  async remove(id: string): Promise<void> {
    await this.#client.ask({ method: "DELETE", path: `/block_documents/${id}`, answers: [404] });
  }

  /** The id of the type, which is made where there is none. */
  async #type(): Promise<string> {
    const there = await this.#findType();
    if (there !== null) return there;
    const body = { name: nameOf(this.#slug), slug: this.#slug, description: "Where a pipeline stands" };
    await this.#client.ask({ method: "POST", path: "/block_types/", body, answers: [409] });
    const made = await this.#findType();
    if (made === null)
      throw new KpiError("SOURCE_REFUSED", `Cannot make the block type "${this.#slug}" in Prefect: it is not there afterwards`);
    return made;
  }

  async #findType(): Promise<string | null> {
    const { status, body } = await this.#client.ask({ method: "GET", path: `/block_types/slug/${this.#slug}`, answers: [404] });
    return status === 404 ? null : (body as { id: string }).id;
  }

  /** The newest schema of the type, Python's where it has one. */
  async #schema(type: string): Promise<string> {
    const filter = { block_schemas: { block_type_id: { any_: [type] } }, limit: 1 };
    const { body } = await this.#client.ask({ method: "POST", path: "/block_schemas/filter", body: filter });
    const [newest] = body as { id: string }[];
    if (newest !== undefined) return newest.id;
    const schema = { block_type_id: type, fields: schemaFields(this.#slug), capabilities: [], version: "non-versioned" };
    const made = await this.#client.ask({ method: "POST", path: "/block_schemas/", body: schema });
    return (made.body as { id: string }).id;
  }
}
