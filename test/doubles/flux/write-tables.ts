/** A table as Flux has it: columns in their order, of which some are the same in all its rows. */
export interface FluxTable {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly group: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Tables as a result in annotated CSV: annotated anew, after an empty line, wherever the columns change; the empty line at the end says that this is the
 * whole of it.
 */
export function writeTables(tables: readonly FluxTable[]): string {
  let before = "";
  const blocks = tables.map(({ columns, rows }, table) => {
    const head = [
      ["#datatype", "string", "long", ...columns.map(({ type }) => type)],
      ["#group", "false", "false", ...columns.map(({ group }) => String(group))],
      ["#default", "_result", "", ...columns.map(() => "")],
      ["", "result", "table", ...columns.map(({ name }) => cell(name))],
    ]
      .map((line) => `${line.join(",")}\r\n`)
      .join("");
    const again = head === before ? "" : `${before === "" ? "" : "\r\n"}${head}`;
    before = head;
    return again + rows.map((row) => `,,${table},${row.map(cell).join(",")}\r\n`).join("");
  });
  return `${blocks.join("")}\r\n`;
}

/** A cell as the server writes it: every line feed with a carriage return before it, those that stood there gone. */
function cell(text: string): string {
  const sent = text.replaceAll("\r", "").replaceAll("\n", "\r\n");
  return /[",\r\n]|^[ \t\u00a0]/.test(text) || sent === "\\." ? `"${sent.replaceAll('"', '""')}"` : sent;
}

/** Digits without an exponent, however many that takes. */
export function writeDouble(value: number): string {
  if (Object.is(value, -0)) return "-0";
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const shift = whole.length + Number(exponent);
  const digits = `${whole}${fraction}`.padEnd(shift, "0").padStart(whole.length + fraction.length + Math.max(0, 1 - shift), "0");
  const point = Math.max(shift, 1);
  return `${sign}${digits.slice(0, point)}${digits.length > point ? `.${digits.slice(point)}` : ""}`;
}

/** A time of nanoseconds in RFC 3339 with as many digits as it needs. */
export function writeTime(time: bigint): string {
  const second = 1_000_000_000n;
  const rest = ((time % second) + second) % second;
  const whole = new Date(Number((time - rest) / 1_000_000n)).toISOString().slice(0, 19);
  const nanos = String(rest).padStart(9, "0").replace(/0+$/, "");
  return nanos === "" ? `${whole}Z` : `${whole}.${nanos}Z`;
}
