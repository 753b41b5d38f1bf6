import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KpiError } from "../core/errors.js";
import type { PrefectClient } from "./prefect-client.js";
import { type BlockData, StateBlocks } from "./state-blocks.js";

/**
 * The secret of a block as text; null where there is no such block. Of `secret` it is the value (JSON where that is no text), of `gcp-credentials`
 * the JSON of the service account, which may also lie in a file. Throws CONFIG_INVALID for a block without one, and what the client throws.
 */
export async function readSecret(client: PrefectClient, block: string, project: string): Promise<string | null> {
  const [type = "", name = ""] = block.split("/");
  const document = await new StateBlocks(client, type).read(name);
  if (document === null) return null;
  const secret = type === "secret" ? document.data.value : await serviceAccount(document.data, block, project);
  if (secret === undefined || secret === null)
    throw new KpiError("CONFIG_INVALID", `Cannot use Prefect's block "${block}": it holds no secret`);
  return typeof secret === "string" ? secret : JSON.stringify(secret);
}

async function serviceAccount(
  { service_account_info: info, service_account_file: file }: BlockData,
  block: string,
  project: string,
): Promise<unknown> {
  if (info !== null && info !== undefined) return info;
  if (typeof file !== "string" || file === "") return null;
  return readFile(resolve(project, file), "utf8").catch((thrown: NodeJS.ErrnoException) => {
    throw new KpiError("CONFIG_INVALID", `Cannot use Prefect's block "${block}": its file "${file}" cannot be read (${thrown.code})`, {
      cause: thrown,
    });
  });
}
