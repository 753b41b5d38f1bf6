import { Lexer } from "yaml";

/** What a configuration file may have of each; the parser itself would abort the process or take minutes on much more. */
export const LIMITS = {
  bytes: 1024 * 1024,
  /** Brackets and indents inside each other. */
  depth: 64,
  /** Scalars, brackets, indicators, stretches of space. */
  tokens: 100_000,
  /** Values that aliases repeat, counted each time. */
  repeated: 10_000,
} as const;

/** Where a text goes over a limit and which; null when it may be parsed. */
export function findExcess(text: string): { readonly offset: number; readonly message: string } | null {
  let tokens = 0;
  let offset = 0;
  const depth = new DepthGauge();
  for (const token of new Lexer().lex(text)) {
    if (++tokens > LIMITS.tokens) return { offset, message: `Cannot read the file: it has more than ${LIMITS.tokens} parts` };
    if (CONTROL.has(token)) continue;
    depth.add(token);
    if (depth.value > LIMITS.depth) return { offset, message: `Cannot read the file: it is nested deeper than ${LIMITS.depth} levels` };
    offset += token.length;
  }
  return null;
}

/** What the lexer puts between pieces of text: start of a document, end of a broken flow, start of a scalar. */
const CONTROL = new Set(["\u0002", "\u0018", "\u001f"]);

/** How deep the tokens so far are nested: open brackets, and columns at which block collections may have begun. */
class DepthGauge {
  #brackets = 0;
  #column = 0;
  #startsValue = true;
  readonly #columns: number[] = [];

  get value(): number {
    return this.#brackets + this.#columns.length;
  }

  add(token: string): void {
    const newline = token.lastIndexOf("\n");
    const blank = token.trim() === "";
    if (!blank && this.#startsValue && this.#brackets === 0) this.#indent();
    if (token === "[" || token === "{") this.#brackets++;
    if (token === "]" || token === "}") this.#brackets = Math.max(0, this.#brackets - 1);
    if (newline >= 0) this.#startsValue = true;
    else if (!blank) this.#startsValue = token === "-" || token === "?" || token === ":";
    this.#column = newline >= 0 ? token.length - newline - 1 : this.#column + token.length;
  }

  #indent(): void {
    while ((this.#columns.at(-1) ?? -1) >= this.#column) this.#columns.pop();
    this.#columns.push(this.#column);
  }
}
