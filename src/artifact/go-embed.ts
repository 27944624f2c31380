import { join } from "node:path";
import type { NamePattern } from "./sources.ts";

/** What the `//go:embed` lines of a package take in. */
export interface Embedded {
  readonly globs: readonly NamePattern[];
  readonly trees: readonly string[];
  readonly files: readonly string[];
  readonly embedsHidden: boolean;
}

/** What `path.Match` gives a meaning to. */
const META = /[*?[\\]/;

/**
 * Pure: what is embedded into a package, by its patterns and by the files that they name at this moment. A file that a
 * pattern will take in once it comes is part of it: of a path, all below its first name.
 */
export function embeddedIn(folder: string, patterns: readonly string[], files: readonly string[]): Embedded {
  const first = patterns.map((pattern) => pattern.replace(/^all:/, "").split("/"));
  const named = new Set(files);
  const trees = first.flatMap(([name = "", ...rest]) =>
    META.test(name) || (rest.length === 0 && named.has(name)) ? [] : [name],
  );
  return {
    globs: first.flatMap(([name = ""]) => (META.test(name) ? [{ folder, name: matching(name) }] : [])),
    trees: [...new Set([...trees, ...files.filter((file) => file.includes("/")).map(firstName)])].map((name) =>
      name === "." ? folder : join(folder, name),
    ),
    files: files.filter((file) => !file.includes("/")).map((file) => join(folder, file)),
    // A pattern takes a hidden file where it fits its name; a folder takes those in it only with `all:`.
    embedsHidden: patterns.some((pattern) => pattern.startsWith("all:") || /(^|\/)[._*?[\\]/.test(pattern)),
  };
}

const firstName = (path: string): string => path.slice(0, path.indexOf("/"));

/** Of a name's pattern, as `path.Match` reads it; one that it refuses matches nothing, and the build says so. */
function matching(pattern: string): string {
  const source = pattern.replace(/\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|([*?])|([.+^${}()|[\]\\/])/g, (...groups) => {
    const [, escaped, not, members, wildcard, plain] = groups as (string | undefined)[];
    if (escaped !== undefined) return escaped.replace(/\W/, "\\$&");
    if (members !== undefined) return `[${not}${members.replace(/\\?([^\w-])/g, "\\$1")}]`;
    if (wildcard !== undefined) return wildcard === "*" ? ".*" : ".";
    return `\\${plain}`;
  });
  return isExpression(source) ? `^${source}$` : "$^";
}

function isExpression(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
