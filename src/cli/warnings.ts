import type { Position, Problem } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import { placeOf } from "./explain-problems.ts";
import { fromHere } from "./from-here.ts";
import { painter } from "./paint.ts";
import { note, printJson, type Session } from "./session.ts";

/** So many are told; a file with a hundred unset variables is one that nobody filled in. */
const SHOWN = 20;

/**
 * Tells what is odd in a profile, once, beside the result: dim lines on standard error, `warning` events with `--json`.
 * For the commands that act on the profile's text (up, watch, use); others would only repeat it.
 */
export function tellWarnings(session: Session, { warnings }: Profile): void {
  if (session.json) {
    for (const warning of warnings) printJson(session, { type: "warning", ...warning });
    return;
  }
  noteWarnings(session, warnings);
}

/** The same on standard error only, where standard output is one document (`devenv config --json`). */
export function noteWarnings(session: Session, warnings: readonly Problem[]): void {
  const paint = painter(session.color);
  for (const { message, where } of warnings.slice(0, SHOWN)) {
    note(session, paint("dim", `! ${where === undefined ? "" : `${near(where)} `}${message}`));
  }
  const left = warnings.length - SHOWN;
  if (left > 0) note(session, paint("dim", `! … and ${left} more warnings`));
  // Of many, what to do about each would hide which they are.
  const [only, ...others] = warnings;
  if (only?.hint !== undefined && others.length === 0) note(session, paint("dim", `  → ${only.hint}`));
}

const near = (where: Position): string => placeOf({ ...where, file: fromHere(where.file) });
