import type { Packing, Platform } from "../model/artifact.ts";

/** What a text of a profile may leave to be filled in; see model/artifact-source. */
export type Placeholder = "service" | "build" | "os" | "arch" | "commit";

/** What is known at the moment. */
export type Filling = Readonly<Partial<Record<Placeholder, string>>>;

const PLACEHOLDER = /\{(service|build|os|arch|commit)\}/g;

/** Which placeholders a text has. */
export const placeholdersIn = (text: string): ReadonlySet<Placeholder> =>
  new Set([...text.matchAll(PLACEHOLDER)].map(([, name]) => name as Placeholder));

/** The text with what is known in it; a placeholder that nothing is known for stays, so that it may be filled later. */
export const fill = (text: string, filling: Filling): string => fillWith(text, filling, (value) => value);

/** As `fill`, for the path of a URL: a `/` in a value (a branch's name) becomes `%2F`, and never a segment of its own. */
export const fillUrl = (url: string, filling: Filling): string => fillWith(url, filling, encodeURIComponent);

function fillWith(text: string, filling: Filling, write: (value: string) => string): string {
  return text.replace(PLACEHOLDER, (placeholder, name: Placeholder) => {
    const value = filling[name];
    return value === undefined ? placeholder : write(value);
  });
}

/** `dist/a b/books` as the path of a URL: each segment encoded, the slashes between them kept. */
export const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** A path of a profile, taken apart. Placeholders stay in it. */
export interface ContentPath {
  /** What is to be downloaded. */
  readonly file: string;
  /** As its name says. */
  readonly packing: Packing;
  /** The one file or folder of the archive that is meant, without slashes around it; undefined for all of it. */
  readonly member: string | undefined;
}

/** `dist.tar.gz#bin/{service}` is the file `bin/{service}` in the archive `dist.tar.gz`. */
export function splitMember(path: string): ContentPath {
  const [file = "", ...rest] = path.split("#");
  const member = rest
    .join("#")
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/");
  return { file, packing: packingOf(file), member: member === "" ? undefined : member };
}

const PACKED: readonly (readonly [RegExp, Packing])[] = [
  [/\.tar$/i, "tar"],
  [/\.(tar\.gz|tgz)$/i, "tar.gz"],
  [/\.(tar\.zst|tzst)$/i, "tar.zst"],
  [/\.zip$/i, "zip"],
];

/** How a file is packed, by the end of its name: `books.tar.gz`, `books.tgz`, `books.zip`; `none` for any other. */
export const packingOf = (name: string): Packing => PACKED.find(([end]) => end.test(name))?.[1] ?? "none";

/** What daemons run on. */
const ARCHITECTURES = ["amd64", "arm64", "386", "arm", "ppc64le", "s390x", "riscv64"];

/**
 * For which platforms something can be asked for by a text, where the source does not list what it has. A text
 * without `{arch}` names one thing, which says itself what it is for.
 */
export function platformsOf(text: string): readonly (Platform | undefined)[] {
  return placeholdersIn(text).has("arch") ? ARCHITECTURES.map((arch) => ({ os: "linux", arch })) : [undefined];
}

/**
 * Whether a source's name is what a text stands for, and for which platform: `dist/{os}-{arch}/books` is
 * `dist/linux-amd64/books`. Where it has no `{arch}`, what is for Linux says itself what it is for. A placeholder that
 * neither is known nor is of the platform matches nothing.
 * @returns undefined when it is not.
 */
export function matchName(
  text: string,
  name: string,
  filling: Filling,
): { readonly platform: Platform | undefined } | undefined {
  const found = patternOf(fill(text, filling)).exec(name);
  if (found === null) return undefined;
  const { os, arch } = found.groups ?? {};
  if (os === undefined && arch === undefined) return { platform: undefined };
  const platform = { os: goName(os ?? "linux"), arch: goName(arch ?? "any") };
  return { platform: platform.os === "linux" && arch === undefined ? undefined : platform };
}

/** The first of a placeholder takes a word; each one after it, the same word again. */
function patternOf(text: string): RegExp {
  const taken = new Set<string>();
  const source = text.split(/(\{(?:os|arch)\})/).map((part) => {
    const name = /^\{(os|arch)\}$/.exec(part)?.[1];
    if (name === undefined) return part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    if (taken.has(name)) return `\\k<${name}>`;
    taken.add(name);
    return `(?<${name}>[A-Za-z0-9]+(?:_64)?)`;
  });
  return new RegExp(`^${source.join("")}$`);
}

/** What else they are called, where CI goes by `uname` or by a compiler's triple. */
const ALSO_CALLED: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["x64", "amd64"],
  ["aarch64", "arm64"],
  ["armv8", "arm64"],
  ["armv7", "arm"],
  ["i386", "386"],
  ["i686", "386"],
  ["x86", "386"],
  ["macos", "darwin"],
  ["osx", "darwin"],
]);

const goName = (name: string): string => ALSO_CALLED.get(name.toLowerCase()) ?? name.toLowerCase();
