import { userFailure } from "../../model/failure.ts";
import { SHARES } from "./arguments.ts";

/**
 * Gives each wanted folder a slot, and those that had one the same: containers of the guest, and its fstab, know them by
 * it. The place in the list is the slot; an empty text is a slot that shares nothing.
 * @throws Failure (user) where there are more folders than slots
 */
export function slotsFor(wanted: readonly string[], before: readonly string[]): string[] {
  if (wanted.length > SHARES) {
    throw userFailure(`a virtual machine shares at most ${SHARES} folders, and these are ${wanted.length}`, {
      output: wanted.join("\n"),
      hint: "Mount one folder that holds several of them.",
    });
  }
  const slots = Array.from({ length: SHARES }, (_, slot) =>
    wanted.includes(before[slot] ?? "") ? (before[slot] ?? "") : "",
  );
  for (const folder of wanted) {
    if (!slots.includes(folder)) slots[slots.indexOf("")] = folder;
  }
  return slots;
}

/** The folders that are shared. */
export const sharedIn = (slots: readonly string[]): readonly string[] => slots.filter((folder) => folder !== "");
