import { KpiError } from "../../core/errors.js";
import { nearest } from "../../core/nearest.js";
import type { NodeDescription } from "../app.js";
import type { Command } from "../command.js";
import { formatNode, formatNodes } from "../reporters/format-nodes.js";

const LIST = ["list", "ls"];

interface Nodes {
  readonly ok: true;
  readonly nodes: readonly NodeDescription[];
}

/** `kpi nodes`: the node types there are; with a type: those of that name (an extractor and a loader may share one). */
export const nodes: Command = async ({ app }, [type]) => {
  const all = await app.nodes();
  if (type === undefined || LIST.includes(type))
    return { document: { ok: true, nodes: all }, render: (plain: Nodes, { width }) => formatNodes(plain.nodes, width) };
  return {
    document: { ok: true, nodes: select(all, type) },
    render: (plain: Nodes, screen) => plain.nodes.map((node) => formatNode(node, screen)).join("\n"),
  };
};

function select(all: readonly NodeDescription[], type: string): NodeDescription[] {
  const found = all.filter((node) => node.type === type);
  if (found.length > 0) return found;
  const meant = nearest(
    type,
    all.map((node) => node.type),
  );
  throw new KpiError("USAGE", `Cannot show the node type "${type}": there is none of that name`, {
    hint: meant === undefined ? "`kpi nodes` lists them all" : `Did you mean ${meant}?`,
  });
}
