import { KpiError } from "../../core/errors.js";
import type { SourceContents } from "../../core/source-contents.js";
import type { Command } from "../command.js";
import { formatSource } from "../reporters/format-source.js";

type SourceDocument = { readonly ok: true; readonly connection: string } & SourceContents;

/** `kpi source ls`: what a connection's source holds, for whoever writes a pipeline. */
export const sourceLs: Command = async ({ app, flags, output, signal, load }, [asked]) => {
  const { bucket = null, measurement = null } = flags;
  if (measurement !== null && bucket === null)
    throw new KpiError("USAGE", `Cannot look for measurement "${measurement}": no bucket is given`, { hint: "Add --bucket" });
  const { project } = await load();
  if (project === null) throw new KpiError("CONFIG_INVALID", "Cannot use the configuration: it has errors", { hint: "kpi validate" });
  const { connection, contents } = await app.browse(project, { connection: asked, bucket, measurement, signal, scrubber: output });
  const document: SourceDocument = { ok: true, connection, ...contents };
  return { document, render: (plain: SourceDocument, screen) => formatSource(plain.connection, plain, screen) };
};
