import type { MeasurementContents, SourceContents } from "../../core/source-contents.js";
import type { Screen } from "../command.js";
import { formatTable } from "../text/table.js";

/** What stands for what is not known. */
const UNKNOWN = "…";

/** What a source holds as tables, and how to look further. */
export function formatSource(connection: string, contents: SourceContents, { width, paint }: Screen): string {
  const command = `kpi source ls ${connection}`;
  if (contents.level === "buckets") {
    const rows = contents.buckets.map(({ name, retention }) => [name, retention ?? "for ever"]);
    return rows.length === 0
      ? `${connection}: no buckets\n`
      : formatList(["bucket", "kept"], rows, width, `${command} --bucket ${quote(rows[0]?.[0] ?? "")}`);
  }
  if (contents.level === "measurements") {
    const rows = contents.measurements.map(({ name, fields, tags }) => [name, fields?.join(", ") ?? UNKNOWN, tags?.join(", ") ?? UNKNOWN]);
    const further = `${command} --bucket ${quote(contents.bucket)} --measurement ${quote(rows[0]?.[0] ?? "")}`;
    return rows.length === 0
      ? `${contents.bucket}: no measurements\n`
      : formatList(["measurement", "fields", "tags"], rows, width, further);
  }
  const { measurement, bucket, first, last } = contents;
  const times = first === null || last === null ? "no points" : `from ${first} to ${last}`;
  return `${paint.bold(measurement)} in ${bucket}: ${times}\n\n${formatMeasurement(contents, width)}`;
}

function formatList(heads: readonly string[], rows: readonly string[][], width: number, further: string): string {
  const columns = heads.map((head) => ({ head }));
  return `${formatTable(columns, rows, width)}\n  Try: ${further}\n`;
}

function formatMeasurement({ tags, fields }: MeasurementContents, width: number): string {
  const fieldRows = fields.map(({ name, types }) => [name, types.join(", ") || UNKNOWN]);
  const fieldTable = formatTable([{ head: "field" }, { head: "type" }], fieldRows, width);
  if (tags.length === 0) return fieldTable;
  const tagRows = tags.map(({ name, count, more, values }) => [
    name,
    `${more ? "over " : ""}${count}`,
    `${values.join(", ")}${count > values.length ? `, ${UNKNOWN}` : ""}`,
  ]);
  return `${fieldTable}\n${formatTable([{ head: "tag" }, { head: "values", align: "right" }, { head: "such as" }], tagRows, width)}`;
}

/** A name as a shell takes it for one word. */
function quote(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
