import { resolve } from "node:path";
import { toIso } from "../../core/time.js";
import type { Command } from "../command.js";
import { formatNumberOf } from "../text/format.js";

interface Sample {
  readonly ok: true;
  readonly folder: string;
  readonly until: string;
  readonly hours: number;
  /** What was written; files that were there already are not counted. */
  readonly files: number;
  readonly points: number;
}

/** `kpi sample`: writes a folder of line protocol with the last hours of some air sensors. */
export const sample: Command = async (session) => {
  const { host, app, flags } = session;
  const folder = resolve(host.cwd(), flags.folder ?? "sample");
  const { hours = 48 } = flags;
  const until = session.now();
  const written = await app.writeSample({ folder, until, hours });
  const document: Sample = { ok: true, folder, until: toIso(until), hours, ...written };
  return {
    document,
    render: (plain: Sample) =>
      flags.quiet
        ? ""
        : `${plain.folder}: ${formatNumberOf(plain.hours, "hour")} up to ${plain.until}, ${formatNumberOf(plain.points, "point")} in ${formatNumberOf(plain.files, "new file")}\n`,
  };
};
