import { KpiError } from "../../core/errors.js";
import { quoteIdentifier } from "../../core/sql.js";
import { type StepInput, WINDOW_START } from "./step-input.js";

export interface JoinedColumns {
  readonly how: "inner" | "left" | "full" | "semi" | "anti" | "asof";
  readonly left: StepInput;
  readonly right: StepInput;
  readonly leftKeys: readonly string[];
  readonly rightKeys: readonly string[];
  readonly suffix: string;
}

/** What a join of `l` and `r` selects: the left's columns, the right's but for its keys, `window_start` once. */
export function joinColumns(join: JoinedColumns): string {
  const { how, left, right, rightKeys } = join;
  const ofLeft = left.columns.map((column) => leftColumn(column, join));
  if (how === "semi" || how === "anti") return [...ofLeft, ...left.windowColumns.map((column) => `l.${column}`)].join(", ");
  const taken = new Set([...left.columns, ...left.windowColumns, ...right.windowColumns].map((column) => column.toLowerCase()));
  const ofRight = right.columns
    .filter((column) => !rightKeys.includes(column))
    .map((column) => `r.${quoteIdentifier(column)} AS ${quoteIdentifier(freeName(column, taken, join))}`);
  return [...ofLeft, ...ofRight, ...windowStart(join)].join(", ");
}

/** A row that only the right has still has its key. */
function leftColumn(column: string, { how, leftKeys, rightKeys }: JoinedColumns): string {
  const key = leftKeys.indexOf(column);
  const name = quoteIdentifier(column);
  return how === "full" && key >= 0 ? `coalesce(l.${name}, r.${quoteIdentifier(rightKeys[key] as string)}) AS ${name}` : `l.${name}`;
}

function freeName(column: string, taken: Set<string>, { right, suffix }: JoinedColumns): string {
  const name = taken.has(column.toLowerCase()) ? `${column}${suffix}` : column;
  if (taken.has(name.toLowerCase()))
    throw new KpiError("STEP_FAILED", `Cannot name the column "${column}" of "${right.alias}": there is a "${name}" already`, {
      hint: "Choose another suffix",
    });
  taken.add(name.toLowerCase());
  return name;
}

function windowStart({ how, left, right }: JoinedColumns): string[] {
  const [ofLeft, ofRight] = [left.windowColumns.length > 0, right.windowColumns.length > 0];
  if (ofLeft && ofRight && how === "full") return [`coalesce(l.${WINDOW_START}, r.${WINDOW_START}) AS ${WINDOW_START}`];
  if (ofLeft) return [`l.${WINDOW_START}`];
  return ofRight ? [`r.${WINDOW_START}`] : [];
}
