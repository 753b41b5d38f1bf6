/** A measurement and its tags, as the first part of a line names them. */
export interface SeriesKey {
  readonly measurement: string;
  /** By name, in order of name. */
  readonly tags: readonly (readonly [name: string, value: string])[];
}

/** Splits at a character that no backslash stands before. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1)) {
    if (text[at - 1] === "\\") continue;
    parts.push(text.slice(from, at));
    from = at + 1;
  }
  parts.push(text.slice(from));
  return parts;
}

function unescapeTag(text: string): string {
  return text.includes("\\") ? text.replace(/\\([,= ])/g, "$1") : text;
}

/** Takes the backslashes away that stand before a separator or, in fields alone, a quote; all others belong to the name. */
export function unescapeField(text: string): string {
  return text.includes("\\") ? text.replace(/\\([,"= ])/g, "$1") : text;
}

function unescapeMeasurement(text: string): string {
  return text.includes("\\") ? text.replace(/\\([, ])/g, "$1") : text;
}

/** Reads `measurement,tag=value,…`; text that says what is wrong where it is none. */
export function parseSeriesKey(text: string): SeriesKey | string {
  const [measurement = "", ...pairs] = split(text, ",");
  if (measurement === "") return "there is no measurement";
  const tags: [string, string][] = [];
  for (const pair of pairs) {
    const parts = split(pair, "=");
    const [name = "", value = ""] = parts;
    if (parts.length !== 2 || name === "" || value === "") return `"${pair}" is no tag`;
    tags.push([unescapeTag(name), unescapeTag(value)]);
  }
  tags.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const twice = tags.find(([name], index) => name === tags[index - 1]?.[0]);
  if (twice !== undefined) return `tag "${twice[0]}" is there twice`;
  return { measurement: unescapeMeasurement(measurement), tags };
}
