import type { Finding } from "../../core/finding.js";
import type { Instant } from "../../core/time.js";
import { doubtful } from "./to-finding.js";

/** A second is what the `Date` header rounds off; more than this would bring points into wrong hours. */
const MOST = 60_000;

/** Warns where the machine's clock and a system's are too far apart. */
export function checkClock(subject: Pick<Finding, "about" | "name">, clock: Instant | undefined): Finding[] {
  const apart = clock === undefined ? 0 : Date.now() - clock;
  if (Math.abs(apart) <= MOST) return [];
  const message = `This machine's clock is ${Math.round(Math.abs(apart) / 1000)} s ${apart > 0 ? "ahead of" : "behind"} its clock`;
  return [doubtful(subject, message, "Set both by NTP: hours would be taken for over that are not, or points be missed")];
}
