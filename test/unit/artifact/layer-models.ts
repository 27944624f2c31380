import fc from "fast-check";
import { type TarEntry, tarOf } from "./tars.ts";

/** What one layer does to a name: a folder goes into what is there, unless it is opaque. */
type Change =
  | { readonly is: "file"; readonly content: string }
  | { readonly is: "symlink"; readonly to: string }
  | { readonly is: "whiteout" }
  | { readonly is: "folder"; readonly isOpaque: boolean; readonly inside: Layer };

/** As a difference of two folders: no name twice, and what is in a folder in its folder. */
export type Layer = Readonly<Record<string, Change>>;

const NAMES = ["a", "b"];

/** Up to four layers over the few paths of two names and three levels, so that they meet. */
export function anyLayers({ links }: { readonly links: boolean }): fc.Arbitrary<readonly Layer[]> {
  const file = fc.record({
    is: fc.constant("file" as const),
    content: fc.string({ maxLength: 3, unit: "grapheme-ascii" }),
  });
  const symlink = fc.record({
    is: fc.constant("symlink" as const),
    to: fc.constantFrom("a", "b", "../a", "/b", "/a/b", "b/a", "../..", "."),
  });
  const whiteout = fc.record({ is: fc.constant("whiteout" as const) });
  const leaf: fc.Arbitrary<Change> = links ? fc.oneof(file, symlink, whiteout) : fc.oneof(file, whiteout);
  const level = (depth: number): fc.Arbitrary<Layer> =>
    fc.dictionary(fc.constantFrom(...NAMES), depth === 0 ? leaf : fc.oneof(leaf, folder(depth), folder(depth)), {
      noNullPrototype: true,
    });
  const folder = (depth: number): fc.Arbitrary<Change> =>
    fc.record({ is: fc.constant("folder" as const), isOpaque: fc.boolean(), inside: level(depth - 1) });
  return fc.array(level(2), { minLength: 1, maxLength: 4 });
}

/** Every path of those names down to a depth. */
export function pathsOf(depth: number): readonly string[] {
  if (depth === 0) return [];
  return NAMES.flatMap((name) => [name, ...pathsOf(depth - 1).map((rest) => `${name}/${rest}`)]);
}

/** The layer's tar, with a file that nobody asks for, since a tar of nothing is none. */
export const tarOfLayer = (layer: Layer): Buffer => tarOf({ path: "z", content: "" }, ...entriesOf(layer, ""));

const entriesOf = (layer: Layer, under: string): TarEntry[] =>
  Object.entries(layer).flatMap(([name, change]) => entriesFor(change, under, name));

function entriesFor(change: Change, under: string, name: string): TarEntry[] {
  const path = `${under}${name}`;
  if (change.is === "file") return [{ path, content: change.content }];
  if (change.is === "symlink") return [{ path, type: "SymbolicLink", linkpath: change.to }];
  if (change.is === "whiteout") return [{ path: `${under}.wh.${name}`, content: "" }];
  const opaque = change.isOpaque ? [{ path: `${path}/.wh..wh..opq`, content: "" }] : [];
  return [{ path: `${path}/`, type: "Directory" }, ...opaque, ...entriesOf(change.inside, `${path}/`)];
}

interface Folder {
  [name: string]: string | { readonly to: string } | Folder | undefined;
}

const isLink = (node: Folder[string]): node is { readonly to: string } =>
  typeof node === "object" && typeof node.to === "string";

/** The layers applied one after the other to a folder in memory: the plain way, against which the other is held. */
export function naive(layers: readonly Layer[]) {
  const root: Folder = {};
  for (const layer of layers) apply(layer, root);
  return {
    /** The content of a file; undefined for nothing. */
    read(path: string): string | { folder: true } | undefined {
      const node = resolve(root, path.split("/").filter(Boolean));
      return typeof node === "object" ? { folder: true } : node;
    },
    /** As the tar of a folder has it, where there is no link. */
    tree(path: string): Record<string, string> {
      const node = resolve(root, path.split("/").filter(Boolean));
      const { z, ...rest } = flat(node as Folder, "");
      return path === "" ? { ...rest, z: "" } : { ...rest, ...(z !== undefined && { z }) };
    },
  };
}

function apply(layer: Layer, folder: Folder): void {
  for (const [name, change] of Object.entries(layer)) {
    const there = folder[name];
    if (change.is === "whiteout") delete folder[name];
    else if (change.is === "file") folder[name] = change.content;
    else if (change.is === "symlink") folder[name] = { to: change.to };
    else {
      const isFolder = typeof there === "object" && !isLink(there);
      const inside: Folder = isFolder && !change.isOpaque ? there : {};
      apply(change.inside, inside);
      folder[name] = inside;
    }
  }
}

/** Follows links as a kernel does, forty of them. */
function resolve(root: Folder, wanted: readonly string[], trail = [root], links = 0): string | Folder | undefined {
  const [name, ...rest] = wanted;
  const node = name === undefined ? undefined : trail.at(-1)?.[name];
  if (name === undefined) return trail.at(-1);
  if (name === ".") return resolve(root, rest, trail, links);
  if (name === "..") return resolve(root, rest, trail.slice(0, Math.max(trail.length - 1, 1)), links);
  if (typeof node !== "object") return rest.length === 0 ? node : undefined;
  if (!isLink(node)) return resolve(root, rest, [...trail, node], links);
  if (links === 40) return undefined;
  return resolve(
    root,
    [...node.to.split("/").filter(Boolean), ...rest],
    node.to.startsWith("/") ? [root] : trail,
    links + 1,
  );
}

function flat(folder: Folder, under: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(folder).flatMap(([name, node]): [string, string][] => {
      const path = `${under}${name}`;
      if (typeof node === "string") return [[path, node]];
      return [[`${path}/`, ""], ...Object.entries(flat(node as Folder, `${path}/`))];
    }),
  );
}
