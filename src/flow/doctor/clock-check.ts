import type { Check } from "../../model/check.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import type { Inquiry } from "../../provider/inquiry.ts";
import { duration } from "../../state/duration.ts";

/** Below this nothing that devenv or Docker does depends on it. */
const NOTABLE_MS = 2000;

/** When the daemon was asked. */
export interface Asked {
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly before: number;
  /** Until it had answered. */
  readonly ms: number;
}

/** How far the daemon's clock is from this machine's, as far as the way between them lets it be known. */
export function clockCheck(
  inquiry: Inquiry,
  { before, ms }: Asked,
  { sharesSockets }: Pick<Endpoint, "sharesSockets">,
): Check[] {
  const time = inquiry.answered ? Date.parse(inquiry.answer.systemTime) : Number.NaN;
  if (Number.isNaN(time)) return [];
  const difference = time - (before + ms / 2);
  // It may have looked at its clock at any moment in between.
  const known = Math.abs(difference) - ms / 2;
  if (known < NOTABLE_MS) return [{ name: "clock", state: "ok", what: "the daemon's clock and this machine's agree" }];
  const word = difference < 0 ? "behind" : "ahead of";
  const set = "`sudo timedatectl set-ntp true`";
  return [
    {
      name: "clock",
      state: "warn",
      what: `the daemon's clock is ${duration(Math.abs(difference))} ${word} this machine's`,
      why: "certificates and tokens count by the clock, and logs are put in order by it",
      do: sharesSockets ? `set it: ${set}` : `set both: ${set}; a virtual machine after a sleep: start it anew`,
    },
  ];
}
