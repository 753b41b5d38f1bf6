import { relative } from "node:path";
import { KpiError } from "../../core/errors.js";

/** Tells what is wrong with the files from what DuckDB's readers say. Anything else is given back as it is. `written`: the paths as configured. */
export function readerError(thrown: unknown, project: string, written: string): unknown {
  if (!(thrown instanceof KpiError) || thrown.code !== "STEP_FAILED") return thrown;
  const text = thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
  if (/No files found that match/.test(text))
    return new KpiError("SOURCE_NOT_FOUND", `Cannot read "${written}": there is no such file`, {
      cause: thrown,
      hint: `Paths start at the project's folder, ${project}`,
    });
  if (!/CSV Error|sniffing file|Malformed JSON|JSON transform error|Parquet|magic bytes|^Conversion Error/i.test(text)) return thrown;
  const found = /file = (.+)|file "([^"]+)"|file '([^']+)'/i.exec(text)?.slice(1).find(Boolean);
  const file = found === undefined ? written : relative(project, found.trim());
  const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
  const place = { file, ...(line === undefined ? {} : { line: Number(line) }) };
  const where = line === undefined ? `"${file}"` : `"${file}", line ${line}`;
  return new KpiError("SOURCE_MALFORMED", `Cannot read ${where}: ${whatIsWrong(text)}`, { cause: thrown, place });
}

const STATES: readonly RegExp[] = [
  /^(Expected Number of Columns: .*)$/m,
  /^Error when converting column "[^"]*"\. (.*)$/m,
  /^(Value with unterminated quote found.*)$/m,
  /^(Invalid unicode.*?)(?: detected)?\./m,
  /(Malformed JSON).*?: (.*?)\.?\s*$/m,
];

function whatIsWrong(text: string): string {
  const found = STATES.map((state) => state.exec(text)?.slice(1).join(": ")).find((state) => state !== undefined);
  if (found === undefined && /Parquet|magic bytes/i.test(text)) return "it is not a Parquet file";
  if (found === undefined && /sniffing file/.test(text)) return "its lines do not have the same columns, or a quote does not end";
  const what = found ?? (text.split("\n")[0] ?? "").replace(/^[A-Z][a-z]+(?: [A-Z][a-z]+)* Error: /, "");
  return (
    what.charAt(0).toLowerCase() +
    what
      .slice(1)
      .trim()
      .replace(/[.\s]+$/, "")
  );
}
