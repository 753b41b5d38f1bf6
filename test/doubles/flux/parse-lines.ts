import type { FluxScalar, FluxType, WrittenValue } from "./stored-values.js";

/** The values that lines of protocol write. Knows nothing of the reader that it is there to test. */
export function parseLines(text: string): WrittenValue[] {
  const values: WrittenValue[] = [];
  let at = 0;

  /** Up to the first of some marks that is not escaped. */
  const name = (marks: string): string => {
    let found = "";
    while (at < text.length && !marks.includes(text[at] ?? "")) {
      if (text[at] === "\\" && ",= ".includes(text[at + 1] ?? "?")) at++;
      found += text[at++];
    }
    return found;
  };
  const quoted = (): string => {
    let found = "";
    for (at++; text[at] !== '"'; at++) {
      if (at >= text.length) throw new RangeError("a text has no end");
      if (text[at] === "\\" && '"\\'.includes(text[at + 1] ?? "?")) at++;
      found += text[at];
    }
    at++;
    return found;
  };
  const value = (): { readonly type: FluxType; readonly value: FluxScalar } =>
    text[at] === '"' ? { type: "string", value: quoted() } : toScalar(name(", \n"));

  while (at < text.length) {
    if (text[at] === "\n" || text[at] === "#") {
      at = text.indexOf("\n", at) + 1 || text.length;
      continue;
    }
    const measurement = name(", ");
    const tags: [string, string][] = [];
    while (text[at] === ",") {
      at++;
      const tag = name("=");
      at++;
      tags.push([tag, name(", ")]);
    }
    const fields: (readonly [string, ReturnType<typeof value>])[] = [];
    do {
      at++;
      // in a field's name a quote may be escaped too
      const field = name("=").replaceAll('\\"', '"');
      at++;
      fields.push([field, value()]);
    } while (text[at] === ",");
    at++;
    const time = BigInt(name("\n"));
    for (const [field, held] of fields) values.push({ measurement, tags, field, time, ...held });
  }
  return values;
}

function toScalar(text: string): { readonly type: FluxType; readonly value: FluxScalar } {
  if (/^(t|T|true|True|TRUE)$/.test(text)) return { type: "boolean", value: true };
  if (/^(f|F|false|False|FALSE)$/.test(text)) return { type: "boolean", value: false };
  if (/^-?\d+i$/.test(text)) return { type: "long", value: BigInt(text.slice(0, -1)) };
  if (/^\d+u$/.test(text)) return { type: "unsignedLong", value: BigInt(text.slice(0, -1)) };
  if (text === "" || Number.isNaN(Number(text))) throw new RangeError(`"${text}" is no value`);
  return { type: "double", value: Number(text) };
}
