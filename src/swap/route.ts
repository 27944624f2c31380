import type { ServiceName } from "../model/names.ts";

/** A set of files. Paths are absolute, folders without a trailing slash. */
export interface FileSet {
  /** Folders whose direct files matter: the packages of a Go binary. */
  readonly folders: readonly string[];
  /** Of the files in `folders`, those that end so matter (`.go`); undefined for every file. */
  readonly endings?: readonly string[] | undefined;
  /** Entries of folders by a pattern of their name, each in its whole depth: what `//go:embed *.sql` embeds. */
  readonly globs?: readonly Glob[] | undefined;
  /** Folders that matter in their whole depth: embedded files, `container/etc`. */
  readonly trees: readonly string[];
  /** Single files: `go.mod`, `go.sum`. */
  readonly files: readonly string[];
  /**
   * Why a path in `folders`, `globs` or `trees` is no part of it all the same (`repos/books/.gitignore:3 *.log`);
   * undefined where it is one. `is` spares a look at the disk, where it is known.
   */
  readonly leftOut?: ((path: string, is?: "file" | "folder") => string | undefined) | undefined;
  /** Where a set is listed: all that lies there belongs to it, also what is no save: temporary files, packages. */
  readonly isExact?: boolean | undefined;
}

export interface Glob {
  readonly folder: string;
  /** Of the names of its direct entries. */
  readonly name: RegExp;
}

/** What one service is made of. */
export interface Inputs extends FileSet {
  readonly service: ServiceName;
}

export type Route =
  | { readonly to: "swap"; readonly services: readonly ServiceName[] }
  | { readonly to: "profile" }
  | { readonly to: "ignore"; readonly reason: string };

/** Which services a changed path is part of. Pure, so that every case is a line in a table (STYLE, habit 7). */
export function route(path: string, inputs: readonly Inputs[], profileFiles: readonly string[]): Route {
  if (profileFiles.includes(path)) return { to: "profile" };
  if (isEditorsTemporary(path)) return { to: "ignore", reason: "an editor's temporary file" };
  if (path.endsWith("_test.go")) return { to: "ignore", reason: "a test is not part of the binary" };
  const within = inputs.filter((input) => isWithin(path, input));
  const reasons = within.map((input) => (input.files.includes(path) ? undefined : input.leftOut?.(path)));
  const services = within.filter((_, index) => reasons[index] === undefined).map((input) => input.service);
  if (services.length > 0) return { to: "swap", services };
  return { to: "ignore", reason: reasons[0] ?? "no service is built from it" };
}

/** Whether a file is part of a set, be it there or not. */
export const isPartOf = (path: string, set: FileSet): boolean =>
  set.files.includes(path) || (isWithin(path, set) && set.leftOut?.(path, "file") === undefined);

/** Whether a path belongs to some of these sets by where it lies, and each of those leaves it out. */
export function isLeftOutByAll(path: string, sets: readonly FileSet[], is?: "file" | "folder"): boolean {
  if (sets.every(({ leftOut }) => leftOut === undefined)) return false;
  const within = sets.filter((set) => isWithin(path, set));
  return within.length > 0 && within.every((set) => !set.files.includes(path) && set.leftOut?.(path, is) !== undefined);
}

function isWithin(path: string, input: FileSet): boolean {
  const folder = path.slice(0, path.lastIndexOf("/"));
  return (
    input.files.includes(path) ||
    input.folders.includes(path) || // the whole package came or went
    (isSource(path, input) && input.folders.includes(folder)) ||
    input.trees.some((tree) => path === tree || path.startsWith(`${tree}/`)) ||
    (input.globs ?? []).some((glob) => isNamedBy(glob, path))
  );
}

/** Of a file in one of the set's folders, by its name. */
export const isSource = (path: string, { endings }: Pick<FileSet, "endings">): boolean =>
  endings === undefined || endings.some((ending) => path.endsWith(ending));

function isNamedBy({ folder, name }: Glob, path: string): boolean {
  if (!path.startsWith(`${folder}/`)) return false;
  const [entry = ""] = path.slice(folder.length + 1).split("/", 1);
  return name.test(entry);
}

/** Vim's probe and swap files, Emacs' locks and back-ups, the safe-write files of JetBrains, kate, GNOME, sed and gofmt. */
const TEMPORARY =
  /^(4913|\.#.*|#.*#|.*~|\..*\.sw[a-z]|\..*\.kate-swp|.*\.(swp|swo|swx|tmp|bak)|.*___jb_(tmp|old)___|\.goutputstream-.*|sed[A-Za-z0-9]{6}|.*\.go\.[0-9]+)$/;

export function isEditorsTemporary(path: string): boolean {
  return TEMPORARY.test(path.slice(path.lastIndexOf("/") + 1));
}
