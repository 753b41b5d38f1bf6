import { LineCounter, parseDocument } from "yaml";
import { Field } from "./field.js";
import type { Findings } from "./findings.js";
import { findExcess, LIMITS } from "./limits.js";
import { locate } from "./locate.js";
import { decode, readBytes } from "./read-text.js";
import type { SourceFile } from "./source-file.js";

export interface SourceContext {
  readonly environment: ReadonlyMap<string, string>;
  readonly findings: Findings;
  /** How a path is shown. */
  show(path: string): string;
}

const SYNTAX = { schema: "core", merge: false, resolveKnownTags: false, uniqueKeys: false, prettyErrors: false } as const;
const MOST_SYNTAX_ERRORS = 20;

/**
 * Reads a YAML file into a field that knows its places, variables filled in. Null when the file cannot be used at all; the findings say why.
 * Throws CONFIG_INVALID when it cannot be read from disk.
 */
export async function readSource(path: string, label: readonly string[], context: SourceContext): Promise<Field | null> {
  const bytes = await readBytes(path);
  const text = decode(bytes);
  const lines = new LineCounter();
  const source: SourceFile = { file: context.show(path), lines: (text ?? "").split("\n"), place: (offset) => toPlace(lines, offset) };
  const fail = (message: string, offset: number, hint: string | null = null) => {
    context.findings.error({ message, hint, file: source.file, ...source.place(offset), path: label.join(".") });
    return null;
  };
  if (bytes.length > LIMITS.bytes) return fail(`Cannot read the file: it is larger than ${LIMITS.bytes / 1024 / 1024} MiB`, 0);
  if (text === null) return fail("Cannot read the file: it is not text in UTF-8", 0);

  const excess = findExcess(text);
  if (excess !== null) {
    countLines(lines, text);
    return fail(excess.message, excess.offset);
  }
  const document = parseDocument(text, { ...SYNTAX, lineCounter: lines });
  const problems = [...document.errors, ...document.warnings].slice(0, MOST_SYNTAX_ERRORS);
  for (const { code, message, pos } of problems) fail(`Cannot read the YAML: ${sayPlainly(code, message)}`, pos[0], HINTS[code] ?? null);
  if (problems.length > 0) return null;
  const { located, problems: faults } = locate(document.contents, context);
  for (const { message, hint, offset } of faults) fail(message, offset, hint);
  return new Field(source, located, label, context.findings);
}

function toPlace(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function countLines(lines: LineCounter, text: string): void {
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
}

/** The parser's message without the pieces of the file that it quotes: they may be secrets. */
function sayPlainly(code: string, message: string): string {
  const plain = message.split(": ")[0] ?? message;
  if (code === "MULTIPLE_DOCS") return "there is a second document in the file";
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "Indent with spaces",
  MULTIPLE_DOCS: "Remove the line ---",
  TAG_RESOLVE_FAILED: "Remove the tag; kpi reads plain YAML 1.2",
  BLOCK_AS_IMPLICIT_KEY: "A text with a colon and a space in it needs quotes",
};
