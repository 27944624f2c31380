import type { ServiceName } from "../model/names.ts";

/** What one service is made of. Paths are absolute, folders without a trailing slash. */
export interface Inputs {
  readonly service: ServiceName;
  /** Folders whose direct files matter: the packages of a Go binary. */
  readonly folders: readonly string[];
  /** Of the files in `folders`, those that end so matter (`.go`); undefined for every file. */
  readonly endings?: readonly string[] | undefined;
  /** Folders that matter in their whole depth: embedded files, `container/etc`. */
  readonly trees: readonly string[];
  /** Single files: `go.mod`, `go.sum`. */
  readonly files: readonly string[];
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
  const services = inputs.filter((input) => isPartOf(path, input)).map((input) => input.service);
  return services.length > 0 ? { to: "swap", services } : { to: "ignore", reason: "no service is built from it" };
}

function isPartOf(path: string, input: Inputs): boolean {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const isSource = input.endings === undefined || input.endings.some((ending) => path.endsWith(ending));
  return (
    input.files.includes(path) ||
    input.folders.includes(path) || // the whole package came or went
    (isSource && input.folders.includes(folder)) ||
    input.trees.some((tree) => path === tree || path.startsWith(`${tree}/`))
  );
}

/** Vim's probe and swap files, Emacs' locks and back-ups, the safe-write files of JetBrains, kate, GNOME and sed. */
const TEMPORARY =
  /^(4913|\.#.*|#.*#|.*~|\..*\.sw[a-z]|\..*\.kate-swp|.*\.(swp|swo|swx|tmp|bak)|.*___jb_(tmp|old)___|\.goutputstream-.*|sed[A-Za-z0-9]{6})$/;

export function isEditorsTemporary(path: string): boolean {
  return TEMPORARY.test(path.slice(path.lastIndexOf("/") + 1));
}
