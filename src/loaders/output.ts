import { mkdir, writeFile } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import { z } from "zod";
import { KpiError } from "../core/errors.js";
import { defineLoader, type LoadContext, type LoadInput } from "../core/node.js";
import { quoteLiteral, timestampLiteral } from "../core/sql.js";
import { type Instant, toIso } from "../core/time.js";
import { placeFile, removeFile } from "./lib/place-file.js";

const FORMATS = { parquet: "FORMAT parquet", csv: "FORMAT csv, HEADER", json: "FORMAT json, ARRAY true" } as const;
type Format = keyof typeof FORMATS;
const PLACEHOLDER = /\{([^}]*)\}/g;
/** The most rows that are kept for the run's report. */
const KEPT_ROWS = 1000;

const config = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .refine((path) => !isAbsolute(path) && !normalize(path).startsWith(".."), "must lie in the project")
      .refine(
        (path) => [...path.matchAll(PLACEHOLDER)].every(([, name = ""]) => ["window", "pipeline", "step"].includes(name)),
        "knows {window}, {pipeline} and {step} only",
      )
      .optional()
      .describe(
        "The file to write, from the project's folder on; {window} (20260101T100000Z), {pipeline} and {step} are filled in. Default: the run's report holds the rows, at most 1000",
      ),
    to: z.enum(["parquet", "csv", "json"]).optional().describe("The file's format; default: by its ending"),
  })
  .refine(({ path, to }) => path === undefined || formatOf(path, to) !== undefined, {
    path: ["to"],
    message: "is needed where the path's ending does not tell",
  })
  .refine(({ path, to }) => path !== undefined || to === undefined, { path: ["to"], message: "needs a path" });

export default defineLoader({
  type: "output",
  version: 1,
  summary: "Gives rows out: as a file of the project, or in the run's report",
  config,
  examples: [{}, { path: "reports/{pipeline}/{window}.csv" }, { path: "reports/{step}.out", to: "parquet" }],
  commit: "before",
  table: () => null,
  load: async ({ path, to }, context) => {
    const { windows } = context;
    if (path === undefined) return keepRows(context);
    if (windows !== null && !path.includes("{window}"))
      throw new KpiError("CONFIG_INVALID", `Cannot write "${path}": every window would write the same file`, {
        hint: "Put {window} into the path",
      });
    const rows = new Map<number | null, number>();
    const files: string[] = [];
    for (const start of windows === null ? [null] : windows.map((window) => window.start)) {
      const file = fillIn(path, start, context);
      rows.set(start, await writeRows(file, formatOf(path, to) ?? "json", start, context));
      files.push(file);
    }
    await report(context, { files, rows: [...rows.values()].reduce((sum, n) => sum + n, 0) });
    return { rows };
  },
});

function formatOf(path: string, to: Format | undefined): Format | undefined {
  const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  return to ?? (ending in FORMATS ? (ending as Format) : undefined);
}

function fillIn(path: string, start: Instant | null, { run }: LoadContext): string {
  const values: Readonly<Record<string, string>> = {
    window: start === null ? "all" : toIso(start).replaceAll(/[-:]/g, ""),
    pipeline: run.pipeline,
    step: run.step,
  };
  return path.replaceAll(PLACEHOLDER, (_, name: string) => values[name] ?? "");
}

/** Writes a window's rows, or all of them. Where nothing came, the file of an earlier run goes. */
async function writeRows(file: string, format: Format, start: Instant | null, { db, input, files, run }: LoadContext): Promise<number> {
  if (input === null) {
    await removeFile(files.project, file);
    return 0;
  }
  const finished = join(files.scratch, `${run.step}.${format}`);
  const rows = await db.run(`COPY (${rowsOf(input, start)}) TO ${quoteLiteral(finished)} (${FORMATS[format]})`);
  await placeFile(finished, files.project, file);
  return rows;
}

/** Rows that belong to no window belong to each. */
function rowsOf({ table, windowed }: LoadInput, start: Instant | null): string {
  return `SELECT * FROM ${table}${windowed && start !== null ? ` WHERE window_start = ${timestampLiteral(start)}` : ""}`;
}

async function keepRows(context: LoadContext): Promise<{ rows: ReadonlyMap<number | null, number> }> {
  const { db, input, windows } = context;
  const kept = input === null ? [] : await db.rows(`SELECT * FROM ${input.table} LIMIT ${KEPT_ROWS}`);
  const rows = new Map<number | null, number>();
  for (const start of windows === null ? [null] : windows.map((window) => window.start)) {
    const [count] = input === null ? [] : await db.rows<{ n: number }>(`SELECT count(*) AS n FROM (${rowsOf(input, start)})`);
    rows.set(start, count?.n ?? 0);
  }
  await report(context, { columns: input?.columns ?? [], rows: kept, total: [...rows.values()].reduce((sum, n) => sum + n, 0) });
  return { rows };
}

/** What the run's report shows of the step. */
async function report({ files, run }: LoadContext, content: unknown): Promise<void> {
  const folder = join(files.scratch, "outputs");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${run.step}.json`), JSON.stringify(content, asJson));
}

/** JSON has no large integers, no NaN and no infinity: they become text. */
function asJson(_: string, value: unknown): unknown {
  const beyond = typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value));
  return beyond ? String(value) : value;
}
