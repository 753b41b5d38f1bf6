/** The parts of a step that a flow shows. */
interface FlowStep {
  readonly id: string;
  readonly inputs: readonly { readonly step: string }[];
}

/**
 * The steps in a line: `co → clean → kpi → publish`. Steps between commas are alike: each reads from all that stand before the arrow, as in
 * `a, b → join → c, d`. What cannot be said so takes several lines, each arrow once: `a → b → d; c → d`.
 */
export function writeFlow(steps: readonly FlowStep[]): string {
  return layers(steps) ?? chains(steps);
}

/** In layers, where each layer reads from exactly the whole of the one before. */
function layers(steps: readonly FlowStep[]): string | null {
  const known = new Set<string>();
  let previous: string[] = [];
  const written: string[] = [];
  while (known.size < steps.length) {
    const layer = steps.filter(({ id, inputs }) => !known.has(id) && inputs.every(({ step }) => known.has(step)));
    const complete = layer.every(({ inputs }) => same(new Set(inputs.map(({ step }) => step)), previous));
    if (layer.length === 0 || !complete) return null;
    previous = layer.map(({ id }) => id);
    for (const id of previous) known.add(id);
    written.push(previous.join(", "));
  }
  return written.join(" → ");
}

function same(set: ReadonlySet<string>, list: readonly string[]): boolean {
  return set.size === list.length && list.every((item) => set.has(item));
}

/** In lines that follow the arrows, each arrow once. */
function chains(steps: readonly FlowStep[]): string {
  const arrows = new Map(steps.map(({ id }) => [id, new Set<string>()]));
  for (const { id, inputs } of steps) for (const { step } of inputs) arrows.get(step)?.add(id);
  const lines: string[] = [];
  const written = new Set<string>();
  for (const { id } of steps) {
    while ((arrows.get(id)?.size ?? 0) > 0 || !written.has(id)) {
      const line = follow(id, arrows);
      for (const each of line) written.add(each);
      lines.push(line.join(" → "));
    }
  }
  return lines.join("; ");
}

function follow(start: string, arrows: ReadonlyMap<string, Set<string>>): string[] {
  const line = [start];
  for (let id: string | undefined = start; id !== undefined; ) {
    const [next]: string[] = [...(arrows.get(id) ?? [])];
    if (next !== undefined) {
      arrows.get(id)?.delete(next);
      line.push(next);
    }
    id = next;
  }
  return line;
}

/** The steps and arrows that a written flow shows, in an order that makes two equal flows equal texts. */
export function readFlow(text: string): string {
  const found = new Set<string>();
  for (const line of text.split(";")) {
    const groups = line.split(/→|->/).map((group) => group.split(",").map((id) => id.trim()));
    for (const [index, group] of groups.entries()) {
      for (const id of group) found.add(id);
      for (const id of group) for (const source of groups[index - 1] ?? []) found.add(`${source} → ${id}`);
    }
  }
  return [...found].sort().join("; ");
}
