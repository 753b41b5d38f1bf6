import { z } from "zod";
import { parseDuration } from "../core/time.js";

const DURATION = "must be a duration such as 90s, 5m or 1h30m";

/** A duration as text in the file, milliseconds once read. */
export const duration = z
  .string(DURATION)
  .regex(/^(\d+(ms|s|m|h|d|w))+$/, DURATION)
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== null) return ms;
    context.addIssue({ code: "custom", message: "must be a shorter duration" });
    return z.NEVER;
  });

/** An IANA time zone, as written. */
export const timezone = z.string().refine(isTimezone, "must be a time zone such as Europe/Madrid");

function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
