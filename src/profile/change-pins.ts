import { createHash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../host/files.ts";
import { withLock } from "../host/lock.ts";
import { PINS_FILE, type Pins } from "../model/pin.ts";
import { readPinsText } from "./pins.ts";
import { editPins, type PinChanges } from "./pins-edit.ts";
import { parsePins } from "./pins-text.ts";

export interface ChangeOptions {
  /** Where the lock lies: a workspace under version control is no place for it. */
  readonly stateFolder: string;
  readonly signal: AbortSignal;
}

/**
 * Changes the pins of a workspace: `decide` takes those that there are and says what becomes of which, while no other
 * devenv of this machine changes them. A reader, and a crash at any instruction, sees the old file or the new one.
 * Gives the pins as they are then; a file whose text stays the same is not written.
 * @throws Failure (class user) with every mistake in the file; whatever `decide` throws.
 */
export async function changePins(
  workspace: string,
  { stateFolder, signal }: ChangeOptions,
  decide: (pins: Pins) => PinChanges,
): Promise<Pins> {
  const file = join(workspace, PINS_FILE);
  return withLock(await lockOf(workspace, stateFolder), { wait: true, signal, command: "devenv pin" }, async () => {
    const text = await readPinsText(file);
    const pins = text === undefined ? new Map() : parsePins(file, text).pins;
    const changes = decide(pins);
    if ([...changes].every(([service, pin]) => pin === undefined && !pins.has(service))) return pins;
    const edited = editPins(file, text, changes);
    if (edited !== text) await writeAtomic(file, edited, await modeOf(file));
    return parsePins(file, edited).pins;
  });
}

/** By the folder itself, whatever links lead to it. */
async function lockOf(workspace: string, stateFolder: string): Promise<string> {
  const name = createHash("sha256")
    .update(await realpath(workspace))
    .digest("hex")
    .slice(0, 16);
  return join(stateFolder, "locks", `pins-${name}`);
}

/** Everybody may read a file that is shared through version control; what a person set stays. */
const modeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ mode }) => mode & 0o777,
    () => 0o644,
  );
