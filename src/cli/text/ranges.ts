interface Bounds {
  readonly start: string;
  readonly end: string;
}

interface Range<Item> extends Bounds {
  readonly kind: string;
  readonly items: readonly Item[];
}

/** Joins neighbours of one kind that touch each other, in the order given. */
export function toRanges<Item extends Bounds>(items: readonly Item[], kindOf: (item: Item) => string): Range<Item>[] {
  const ranges: { start: string; end: string; kind: string; items: Item[] }[] = [];
  for (const item of items) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === item.start && last.kind === kindOf(item)) {
      last.items.push(item);
      last.end = item.end;
    } else {
      ranges.push({ start: item.start, end: item.end, kind: kindOf(item), items: [item] });
    }
  }
  return ranges;
}
