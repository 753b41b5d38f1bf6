import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import type { Findings } from "./findings.js";
import { interpolate, type Surroundings } from "./interpolate.js";
import { LIMITS } from "./limits.js";
import { passwordsIn } from "./secrets-in.js";
import type { Fault, Located } from "./source-file.js";

interface LocateContext {
  readonly surroundings: Surroundings;
  readonly findings: Findings;
}

/** Turns a parsed YAML document into plain values that know where they stand, and fills in variables. Nothing at all counts as an empty map. */
export function locate(contents: Node | null, context: LocateContext): { readonly located: Located; readonly faults: readonly Fault[] } {
  const locator = new Locator(context);
  const located = locator.read(contents, null, []);
  return { located: contents === null ? { ...located, value: {}, children: new Map() } : located, faults: locator.faults };
}

class Locator {
  readonly faults: Fault[] = [];
  readonly #context: LocateContext;
  readonly #anchors = new Map<string, Located>();
  #repeated = 0;

  constructor(context: LocateContext) {
    this.#context = context;
  }

  read(node: Node | null, key: Node | null, path: readonly string[]): Located {
    const offset = node?.range?.[0] ?? key?.range?.[1] ?? 0;
    const located = { ...this.#contents(node, { path, offset }), offset, keyOffset: key?.range?.[0] ?? offset };
    if (node !== null && !isAlias(node) && "anchor" in node && node.anchor) this.#anchors.set(node.anchor, located);
    return located;
  }

  #contents(node: Node | null, spot: Spot): Contents {
    if (isAlias(node)) return this.#alias(node.source, spot);
    if (isMap<Node, Node | null>(node)) return this.#map(node.items, spot);
    if (isSeq<Node>(node)) return this.#list(node.items, spot);
    return isScalar(node) ? this.#scalar(node.value, node.source ?? null, spot) : scalar(null);
  }

  #map(pairs: readonly Pair<Node, Node | null>[], { path }: Spot): Contents {
    const children = new Map<string, Located>();
    for (const { key, value } of pairs) {
      const name = this.#key(key, children, path);
      if (name !== null) children.set(name, this.read(value, key, [...path, name]));
    }
    return { ...collection(children), value: Object.fromEntries([...children].map(([name, child]) => [name, child.value])) };
  }

  #list(items: readonly Node[], { path }: Spot): Contents {
    const children = new Map(items.map((item, index) => [String(index), this.read(item, null, [...path, String(index)])]));
    return { ...collection(children), value: [...children.values()].map(({ value }) => value) };
  }

  #key(key: Node, earlier: ReadonlyMap<string, Located>, path: readonly string[]): string | null {
    const spot = { path, offset: key?.range?.[0] ?? 0 };
    const name = isScalar(key) && key.value !== null ? String(key.value) : null;
    if (name === null) return this.#fault("Cannot use a key: it must be text", spot);
    if (name === "__proto__") return this.#fault('Cannot use the key "__proto__": JavaScript keeps that name to itself', spot);
    if (earlier.has(name)) return this.#fault(`Cannot use the key "${name}" twice in one map`, spot, "Remove one of the two, or rename it");
    return name;
  }

  #scalar(value: unknown, written: string | null, spot: Spot): Contents {
    if (typeof value !== "string") return { ...scalar(value), written };
    const { findings, surroundings } = this.#context;
    const { text, references, late, problems } = interpolate(value, surroundings);
    for (const { message, hint } of problems) this.#fault(message, spot, hint);
    for (const reference of references) findings.reference(reference);
    if (late === null) for (const password of passwordsIn(text)) findings.secret(password);
    return { ...scalar(text), written, references, late, broken: problems.length > 0 };
  }

  #alias(name: string, spot: Spot): Contents {
    const anchor = this.#anchors.get(name);
    const broken = { ...scalar(null), broken: true };
    if (anchor === undefined) {
      this.#fault(`Cannot use the alias "*${name}": there is no finished value "&${name}" before it`, spot);
      return broken;
    }
    this.#repeated += anchor.size;
    if (this.#repeated <= LIMITS.repeated) return anchor;
    if (this.#repeated - anchor.size <= LIMITS.repeated)
      this.#fault(`Cannot use the alias "*${name}": aliases repeat more than ${LIMITS.repeated} values`, spot);
    return broken;
  }

  #fault(message: string, { path, offset }: Spot, hint: string | null = null): null {
    this.faults.push({ message, hint, offset, path });
    return null;
  }
}

/** Where a value stands, and the keys that lead to it. */
interface Spot {
  readonly path: readonly string[];
  readonly offset: number;
}

type Contents = Omit<Located, "offset" | "keyOffset">;

function scalar(value: unknown): Contents {
  return { value, children: null, references: [], late: null, written: null, broken: false, size: 1 };
}

function collection(children: ReadonlyMap<string, Located>): Omit<Contents, "value"> {
  const size = [...children.values()].reduce((sum, child) => sum + child.size, 1);
  return { children, references: [], late: null, written: null, broken: false, size };
}
