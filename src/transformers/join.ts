import { z } from "zod";
import { KpiError } from "../core/errors.js";
import { defineTransformer } from "../core/node.js";
import { quoteIdentifier } from "../core/sql.js";
import { joinColumns } from "./lib/join-columns.js";
import { selectOutput } from "./lib/select-output.js";
import { findColumns, type StepInput, stepInputs, WINDOW_START } from "./lib/step-input.js";

const KINDS = {
  inner: "JOIN",
  left: "LEFT JOIN",
  full: "FULL JOIN",
  semi: "SEMI JOIN",
  anti: "ANTI JOIN",
  asof: "ASOF LEFT JOIN",
} as const;

export default defineTransformer({
  type: "join",
  version: 1,
  summary: "Brings two relations together, row to row",
  config: z.strictObject({
    how: z
      .enum(["inner", "left", "full", "semi", "anti", "asof"])
      .default("inner")
      .describe("asof: each row of the left gets the newest row of the right that is not after it"),
    on: z
      .union([z.array(z.string().min(1)), z.record(z.string().min(1), z.string().min(1))])
      .describe("The columns that must be equal: names, or left: right where they differ"),
    time: z.string().min(1).default("time").describe("asof: the column, in both, by which rows are before or after"),
    suffix: z.string().min(1).default("_right").describe("Added to columns of the right whose name the left has"),
  }),
  examples: [
    { how: "left", on: ["sensor_id"] },
    { how: "asof", on: { sensor_id: "id" }, time: "time", suffix: "_target" },
  ],
  inputs: { least: 2, most: 2 },
  spans: () => true,
  transform: async ({ how, on, time, suffix }, context) => {
    const [left, right] = stepInputs(context);
    if (left === undefined || right === undefined) throw new KpiError("INTERNAL", "Cannot join: there are not two inputs");
    requireWindows(how, left, right);

    const pairs = Array.isArray(on) ? on.map((name) => [name, name] as const) : Object.entries(on);
    const [leftKeys, rightKeys] = [
      findColumns(
        pairs.map(([name]) => name),
        left,
      ),
      findColumns(
        pairs.map(([, name]) => name),
        right,
      ),
    ];
    const both = left.windowColumns.length > 0 && right.windowColumns.length > 0;
    const equal = [...leftKeys.entries()].map(
      ([index, name]) => `l.${quoteIdentifier(name)} = r.${quoteIdentifier(rightKeys[index] as string)}`,
    );
    if (both) equal.push(`l.${WINDOW_START} = r.${WINDOW_START}`);
    if (how === "asof") equal.push(asofCondition(time, left, right));
    const columns = joinColumns({ how, left, right, leftKeys, rightKeys, suffix });
    const from = `${left.view} AS l ${KINDS[how]} ${right.view} AS r ON ${equal.join(" AND ") || "true"}`;
    return selectOutput(context.db, `SELECT ${columns} FROM ${from}`);
  },
});

function asofCondition(time: string, left: StepInput, right: StepInput): string {
  const [ofLeft = "", ofRight = ""] = [...findColumns([time], left), ...findColumns([time], right)];
  return `l.${quoteIdentifier(ofLeft)} >= r.${quoteIdentifier(ofRight)}`;
}

/** Rows that may come out without a partner need a window of their own. */
function requireWindows(how: keyof typeof KINDS, left: StepInput, right: StepInput): void {
  const [ofLeft, ofRight] = [left.windowColumns.length > 0, right.windowColumns.length > 0];
  if (ofLeft === ofRight || how === "inner" || (ofLeft && how !== "full")) return;
  const [without, withWindows] = ofLeft ? [right, left] : [left, right];
  throw new KpiError(
    "CONFIG_INVALID",
    `Cannot join "${without.alias}" (${how}): its rows belong to no window, those of "${withWindows.alias}" do`,
    {
      hint: ofLeft ? "Use how: left" : `Name "${withWindows.alias}" as the left input`,
    },
  );
}
