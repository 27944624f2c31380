import type { Values } from "./interpolate-tree.ts";
import type { ProblemList } from "./problem-list.ts";
import type { ReadOptions } from "./read-options.ts";
import type { Place } from "./source-text.ts";
import { parseYaml, type YamlFile } from "./yaml-source.ts";

/** One reading of a profile: what all of its files share. */
export interface Reading extends ReadOptions {
  readonly problems: ProblemList;
  /** Opens a YAML file, each one once. */
  readonly open: (file: string) => Promise<Opened>;
  /** Counts one more file that another one asks for; false when that is more than a profile has. */
  readonly mayOpenMore: () => boolean;
}

/** A YAML file, or why it cannot be had: undefined when what is wrong with its text is told already. */
export type Opened = YamlFile | { readonly trouble: string | undefined };

/** A file on its way to be merged: what its relative paths and its variables are taken from. */
export interface Layer {
  readonly file: YamlFile;
  /** Absolute. */
  readonly folder: string;
  readonly values: Values;
}

/** More files than this that files ask for (`include`, `extends`) are a circle of some kind. */
const MOST_FILES = 1000;

export function startReading(options: ReadOptions, problems: ProblemList): Reading {
  const opened = new Map<string, Promise<Opened>>();
  let count = 0;
  return {
    ...options,
    problems,
    open: (file) => {
      const opening = opened.get(file) ?? openFile(file, options, problems);
      opened.set(file, opening);
      return opening;
    },
    mayOpenMore: () => ++count <= MOST_FILES,
  };
}

async function openFile(file: string, { readFile }: ReadOptions, problems: ProblemList): Promise<Opened> {
  let text: string;
  try {
    text = await readFile(file);
  } catch (error) {
    return { trouble: reasonOf(error as NodeJS.ErrnoException) };
  }
  const source = { file, text: text.replace(/^\uFEFF/, "") };
  return parseYaml(source, problems) ?? { trouble: undefined };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "you may not read it",
  EPERM: "you may not read it",
  EFBIG: "it is too large for a profile",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
};

const reasonOf = ({ code = "", message }: NodeJS.ErrnoException): string =>
  Object.hasOwn(REASONS, code) ? (REASONS[code] ?? "") : `it cannot be read (${code || message})`;

/** Opens a file that another one asks for at a place; notes there why it cannot be had. */
export async function openFor(
  place: Place,
  file: string,
  what: string,
  reading: Reading,
): Promise<YamlFile | undefined> {
  const { problems } = reading;
  if (!reading.mayOpenMore()) {
    problems.atPlace(place, `${what} ${file}: the profile asks for more than ${MOST_FILES} files`);
    return undefined;
  }
  const opened = await reading.open(file);
  if (!("trouble" in opened)) return opened;
  if (opened.trouble !== undefined) problems.atPlace(place, `${what} ${file}: ${opened.trouble}`);
  return undefined;
}

/** Notes that a file would have to be fetched, at the place that asks for it. */
export function refuseRemote(place: Place, path: string, problems: ProblemList): void {
  const hint = "devenv reads files of this machine only: clone or download it, and name the file";
  problems.atPlace(place, `${path} is not a file of this machine`, hint);
}
