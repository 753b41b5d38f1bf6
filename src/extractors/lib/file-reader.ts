import { KpiError } from "../../core/errors.js";
import { quoteLiteral } from "../../core/sql.js";

export interface FileOptions {
  readonly format?: "csv" | "parquet" | "json" | undefined;
  readonly path_column?: string | undefined;
  readonly delimiter: string;
  readonly header: boolean;
  readonly decimal_separator: string;
}

export type FileFormat = "csv" | "parquet" | "json";

const FORMATS: Readonly<Record<string, FileFormat>> = {
  csv: "csv",
  tsv: "csv",
  parquet: "parquet",
  json: "json",
  ndjson: "json",
  jsonl: "json",
};

/** The format of files, by their ending where it is not said. */
export function formatOf({ format }: FileOptions, paths: readonly string[]): FileFormat {
  const formats = new Set(paths.map((path) => FORMATS[/\.(\w+)(?:\.(?:gz|zst))?$/.exec(path)?.[1]?.toLowerCase() ?? ""]));
  const [found, ...others] = formats;
  if (format !== undefined) return format;
  if (found !== undefined && others.length === 0) return found;
  throw new KpiError("CONFIG_INVALID", `Cannot tell the format of "${paths.join(", ")}" from its ending`, {
    hint: "Say it with `format`: csv, parquet or json",
  });
}

/** A table function of DuckDB's over the files. Columns are brought together by name, also where files differ. */
export function fileReader(options: FileOptions, paths: readonly string[], types: Readonly<Record<string, string>> = {}): string {
  const format = formatOf(options, paths);
  const pairs = Object.entries(types).map(([name, type]) => `${quoteLiteral(name)}: ${quoteLiteral(type)}`);
  const given = [
    `[${paths.map(quoteLiteral).join(", ")}]`,
    "union_by_name = true",
    ...(options.path_column === undefined ? [] : [`filename = ${quoteLiteral(options.path_column)}`]),
    ...(format === "csv" ? [csvDialect(options)] : []),
    ...(pairs.length === 0 ? [] : [`types = {${pairs.join(", ")}}`]),
  ];
  return `read_${format}(${given.join(", ")})`;
}

/** All of it said: what DuckDB guesses from a broken file hides what is broken. */
export function csvDialect({ delimiter, header, decimal_separator: decimal }: FileOptions): string {
  return [
    `delim = ${quoteLiteral(delimiter)}`,
    `header = ${header}`,
    `decimal_separator = ${quoteLiteral(decimal)}`,
    `quote = '"', escape = '"', comment = '', skip = 0, strict_mode = true, null_padding = false`,
  ].join(", ");
}
