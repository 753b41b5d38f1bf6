/** The names of a relation's columns, by the tags and fields they hold. */
export interface ColumnNames {
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, string>;
}

/** What the relation and the engine call columns of their own. */
const RESERVED = ["time", "time_ns", "window_start"];

/**
 * Names columns so that DuckDB, which does not tell upper from lower case, tells them apart: a tag with a field's name becomes `NAME_tag`,
 * and otherwise the second of two gets `_2`. `clash` hears of each name that is not simply the tag's or field's own.
 */
export function nameColumns(
  tags: readonly string[],
  fields: readonly string[],
  clash: (name: string, column: string) => void,
): ColumnNames {
  const taken = new Set(RESERVED);
  const take = (name: string, column: string): string => {
    let free = column;
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${column}_${number}`;
    taken.add(free.toLowerCase());
    if (free !== name) clash(name, free);
    return free;
  };
  const named = fields.map((field) => [field, take(field, field)] as const);
  const lower = new Set(fields.map((field) => field.toLowerCase()));
  return {
    fields: new Map(named),
    tags: new Map(tags.map((tag) => [tag, take(tag, lower.has(tag.toLowerCase()) ? `${tag}_tag` : tag)])),
  };
}
