import type { Host, OutputStream } from "./host.js";

/** Paints text, or leaves it as it is. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  blue(text: string): string;
  magenta(text: string): string;
}

/** The one decision about colours, for one stream: `--no-color`, then FORCE_COLOR, NO_COLOR, TERM=dumb, then whether it is a terminal. */
export function hasColour(host: Host, stream: OutputStream, flag: boolean): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = host.env;
  if (!flag) return false;
  if (force !== undefined) return force !== "0" && force !== "false";
  if (no || term === "dumb") return false;
  return stream.isTTY === true;
}

/** Chalk is loaded only where there is something to paint. */
export async function openPaint(colour: boolean): Promise<Paint> {
  if (!colour) return { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same, blue: same, magenta: same };
  const { Chalk } = await import("chalk");
  return new Chalk({ level: 1 });
}

function same(text: string): string {
  return text;
}
