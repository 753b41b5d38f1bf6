import type { Issue } from "../app.js";
import type { Command } from "../command.js";
import { formatNumberOf } from "../text/format.js";

interface Validity {
  readonly ok: true;
  readonly root: string;
  readonly files: readonly string[];
  readonly pipelines: readonly string[];
  readonly warnings: readonly Issue[];
}

/** `kpi validate`: reads the configuration and nothing else. */
export const validate: Command = async (session) => {
  const { root, files, project, warnings } = await session.load();
  const document: Validity = { ok: true, root, files, pipelines: [...(project?.pipelines.keys() ?? [])], warnings };
  return {
    document,
    render: (plain: Validity, { paint }) =>
      `${paint.green("✔")} ${plain.files.join(", ")}: ${formatNumberOf(plain.pipelines.length, "pipeline")} (${plain.pipelines.join(", ")})\n`,
  };
};
