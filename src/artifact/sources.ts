import type { FileSet } from "../swap/route.ts";

/**
 * What a build's result is made of, exactly: as long as no name, executable bit or content of it changes, a build gives
 * what it gave. Can be written down as JSON. Absolute paths, sorted.
 */
export interface Sources {
  /** The packages of a Go binary: their direct files matter. */
  readonly folders: readonly string[];
  readonly endings: readonly string[] | undefined;
  /** Entries of folders whose names fit a pattern of `path.Match`, each in its whole depth. */
  readonly globs: readonly NamePattern[];
  /** Folders that matter in their whole depth. */
  readonly trees: readonly string[];
  /** Single files, whether they are there yet or not. */
  readonly files: readonly string[];
  /** Single files that decide as well, and are too far off to be watched. */
  readonly beside: readonly string[];
  /** Whether names count that begin with a dot or an underscore, which Go passes over else. */
  readonly embedsHidden: boolean;
  /** False where something more may belong to it that nobody could tell. */
  readonly isWhole: boolean;
}

export interface NamePattern {
  readonly folder: string;
  /** The source of a regular expression. */
  readonly name: string;
}

/** A whole repository. */
export const treeSources = (trees: readonly string[], files: readonly string[] = []): Sources => ({
  ...{ folders: [], endings: undefined, globs: [], embedsHidden: true, isWhole: true },
  ...{ trees: [...trees].sort(), files: [...files].sort(), beside: [] },
});

/** The part of it that is watched. */
export function watchedOf(sources: Sources): FileSet {
  const { folders, endings, trees, files } = sources;
  return { folders, endings, globs: globsOf(sources), trees, files };
}

/** All of it, and of what Go embeds also what an editor keeps there: that is embedded, too. */
export const allOf = (sources: Sources, leftOut: FileSet["leftOut"]): FileSet => ({
  ...watchedOf(sources),
  files: [...sources.files, ...sources.beside],
  leftOut,
  isExact: sources.endings !== undefined,
});

const globsOf = ({ globs }: Sources) => globs.map(({ folder, name }) => ({ folder, name: new RegExp(name) }));
