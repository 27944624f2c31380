import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { failed } from "../model/failure.ts";
import type { Intent } from "../state/intents.ts";
import type { Came, Deed } from "./deed.ts";

/** Lines that are written at once. */
const AT_ONCE = 1000;

/**
 * Writes the lines of a log into a file of its own in the state folder, which only the person can read, and says where
 * it is. Nobody removes it but the person.
 * @throws Failure where it cannot be written
 */
export async function keepLog(
  { of, lines }: Extract<Intent, { readonly to: "keepLog" }>,
  { machine, profile }: Pick<Deed, "machine" | "profile">,
): Promise<Came> {
  const folder = join(machine.folders.state, "logs");
  const stamp = new Date(machine.clock.now()).toISOString().replaceAll(/[-:]/g, "").replace("Z", "");
  const path = join(folder, `${profile().name}-${of ?? "all"}-${stamp}.log`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return { words: `${await writeLines(path, lines())} lines are in ${path}` };
  } catch (cause) {
    throw failed(`${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/** @returns how many they were */
async function writeLines(path: string, lines: Iterable<string>): Promise<number> {
  const file = await open(path, "wx", 0o600);
  try {
    let count = 0;
    let batch: string[] = [];
    const write = () => file.appendFile(batch.map((line) => `${line}\n`).join(""));
    for (const line of lines) {
      count++;
      if (batch.push(line) < AT_ONCE) continue;
      await write();
      batch = [];
    }
    await write();
    return count;
  } finally {
    await file.close();
  }
}
