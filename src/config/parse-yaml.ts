import { LineCounter, type Node, parseDocument } from "yaml";
import { findExcess, LIMITS } from "./limits.js";
import type { Fault, SourceFile } from "./source-file.js";

const SYNTAX = { schema: "core", merge: false, resolveKnownTags: false, uniqueKeys: false, prettyErrors: false } as const;
const MOST_FAULTS = 20;

interface ParsedYaml extends Omit<SourceFile, "file"> {
  readonly contents: Node | null;
  /** When there are any, the contents are of no use. */
  readonly faults: readonly Fault[];
}

/** Parses YAML 1.2 within the limits, which are checked first: the parser would abort the process on some texts beyond them. */
export function parseYaml(bytes: Buffer): ParsedYaml {
  const text = decode(bytes);
  const lines = (text ?? "").split("\n");
  const place = placesIn(lines);
  const refuse = (message: string, offset = 0) => ({ contents: null, lines, place, faults: [{ message, hint: null, offset, path: [] }] });
  if (bytes.length > LIMITS.bytes) return refuse("Cannot read the file: it is larger than 1 MiB");
  if (text === null) return refuse("Cannot read the file: it is not text in UTF-8");
  const excess = findExcess(text);
  if (excess !== null) return refuse(excess.message, excess.offset);
  const { contents, errors, warnings } = parseDocument(text, SYNTAX);
  return { contents, lines, place, faults: [...errors, ...warnings].slice(0, MOST_FAULTS).map(toFault) };
}

function placesIn(lines: readonly string[]): SourceFile["place"] {
  const counter = new LineCounter();
  let offset = 0;
  for (const { length } of lines) {
    counter.addNewLine(offset);
    offset += length + 1;
  }
  return (at) => {
    const { line, col } = counter.linePos(at);
    return { line, column: col };
  };
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The parser's message without the pieces of the file that it quotes: they may be secrets. */
function toFault({ code, message, pos }: { code: string; message: string; pos: [number, number] }): Fault {
  const plain = message.split(": ")[0] ?? message;
  const { says = plain.charAt(0).toLowerCase() + plain.slice(1), hint = null } = FAULTS[code] ?? {};
  return { message: `Cannot read the YAML: ${says}`, hint, offset: pos[0], path: [] };
}

const FAULTS: Readonly<Record<string, { readonly says?: string; readonly hint: string }>> = {
  TAB_AS_INDENT: { hint: "Indent with spaces" },
  MULTIPLE_DOCS: { says: "there is a second document in the file", hint: "Remove the line ---" },
  TAG_RESOLVE_FAILED: { hint: "Remove the tag; kpi reads plain YAML 1.2" },
  BLOCK_AS_IMPLICIT_KEY: { hint: "A text with a colon and a space in it needs quotes" },
};
