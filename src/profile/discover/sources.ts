import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isPassedOver } from "./found.ts";

/** A program's sources are looked through for its port; so many files are enough. */
const MOST_FILES = 300;
const LONGEST_FILE = 512 * 1024;

/** A text file; empty when there is none, or it cannot be read. */
export const textOf = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "");

/** The names in a folder; none when it cannot be read. */
export async function entriesOf(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(() => [])).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const folders = entries.filter((entry) => entry.isDirectory() && !isPassedOver(entry.name));
  const files = entries.filter((entry) => entry.isFile());
  return { folders: folders.map(({ name }) => name), files: files.map(({ name }) => name) };
}

/** The sources with this ending in a folder and below it, one after the other; tests are left out. */
export async function sourcesIn(folder: string, ending: RegExp, left = MOST_FILES): Promise<string> {
  const { folders, files } = await entriesOf(folder);
  const wanted = files.filter((name) => ending.test(name) && !/[._-](test|spec)\.\w+$/.test(name)).slice(0, left);
  const texts = await Promise.all(wanted.map((name) => textOf(join(folder, name))));
  const own = texts.filter((text) => text.length <= LONGEST_FILE).join("\n");
  let rest = left - wanted.length;
  const below: string[] = [];
  for (const name of folders) {
    if (rest <= 0) break;
    const text = await sourcesIn(join(folder, name), ending, rest);
    below.push(text);
    rest -= text === "" ? 0 : 1;
  }
  return [own, ...below].join("\n");
}
