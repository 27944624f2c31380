import type { LayerEntry, LayerIndex } from "./layer-index.ts";

/** An image's layers, the top one first; each is read when it is asked for, and not before. */
export interface Layers {
  readonly count: number;
  index(layer: number): Promise<LayerIndex>;
}

export type FileEntry = Extract<LayerEntry, { readonly is: "file" }>;

/** What a path of an image leads to, links followed. */
export type Found =
  | { readonly is: "file"; readonly layer: number; readonly file: FileEntry }
  /** `path` is its own, without a link in it. */
  | { readonly is: "folder"; readonly path: string }
  | { readonly is: "other"; readonly type: string }
  | { readonly is: "nothing" };

/** As many as Linux follows (ELOOP). */
export const MAX_LINKS = 40;
const NOTHING: Found = { is: "nothing" };

/**
 * Looks a path up as the container's kernel would: what a layer has hides what is below it, whiteouts and opaque folders
 * hide without a replacement (the OCI's image specification, layer.md). Layers are read from the top, and only down to
 * the one that decides.
 * @param path of the image; slashes at its ends say nothing, `..` stops at the root
 */
export async function findInImage(layers: Layers, path: string): Promise<Found> {
  let step: Step = { to: normalized(path), from: 0 };
  for (let links = 0; links <= MAX_LINKS; links++) {
    const next = await lookUp(layers, step);
    if ("is" in next) return next;
    step = next;
  }
  return NOTHING;
}

/** Where to look on: a path, and the topmost layer that counts for it. */
interface Step {
  readonly to: string;
  readonly from: number;
}

/** The layers from `from` on, until one of them says what the path is, or where it leads. */
async function lookUp(layers: Layers, { to: path, from }: Step): Promise<Found | Step> {
  if (path === "") return { is: "folder", path };
  const trail = trailOf(path);
  const folders = new Set<string>();
  for (let layer = from; layer < layers.count; layer++) {
    const index = await layers.index(layer);
    const said = saidOf(trail, index, layer, folders);
    if (said !== undefined) return said;
    if (hidesBelow(trail, index) || index.opaque.has(path)) break;
  }
  // A folder that is nowhere but in the paths of what it holds.
  return folders.has(path) ? { is: "folder", path } : NOTHING;
}

/** `a/b/c` -> `a`, `a/b`, `a/b/c` */
export const trailOf = (path: string): string[] => {
  const segments = path.split("/");
  return segments.map((_, index) => segments.slice(0, index + 1).join("/"));
};

/**
 * What one layer says of the last path of a trail; undefined where it leaves that to the layers below.
 * @param folders what the layers above say are folders; this one's are added
 */
function saidOf(
  trail: readonly string[],
  { entries }: LayerIndex,
  layer: number,
  folders: Set<string>,
): Found | Step | undefined {
  const path = trail.at(-1) ?? "";
  for (const at of trail) {
    const entry = entries.get(at);
    if (entry === undefined) continue;
    const rest = path.slice(at.length + 1);
    const said = folders.has(at) ? underFolder(entry, path, rest) : alone(entry, at, rest, layer);
    if (said !== undefined) return said;
    // What is only implied on the way there may be a link in a layer below; what a layer says is a folder is none.
    if (entry.is === "folder" && (!entry.isImplied || rest === "")) folders.add(at);
  }
  return undefined;
}

/** What an entry at `at` says of the path that is `rest` longer. */
function alone(entry: LayerEntry, at: string, rest: string, layer: number): Found | Step | undefined {
  const isLast = rest === "";
  switch (entry.is) {
    case "folder":
      return isLast && !entry.isImplied ? { is: "folder", path: at } : undefined;
    case "symlink":
      return { to: followed(at, entry.to, rest), from: 0 };
    case "file":
      return isLast ? { is: "file", layer, file: entry } : NOTHING;
    case "hardlink":
      // In its own layer or one below; a layer above may have taken that name away since.
      return isLast && entry.to !== at ? { to: entry.to, from: layer } : NOTHING;
    case "other":
      return isLast ? { is: "other", type: entry.type } : NOTHING;
  }
}

/** The same where a layer above has a folder there, which hides whatever else this one has. */
function underFolder(entry: LayerEntry, path: string, rest: string): Found | undefined {
  if (entry.is === "folder") return undefined;
  return rest === "" ? { is: "folder", path } : NOTHING;
}

/** Whether a layer says that nothing of a path, or of a folder that it is in, is left of the layers below. */
export const hidesBelow = (trail: readonly string[], { whiteouts, opaque }: LayerIndex): boolean =>
  opaque.has("") || trail.some((at, depth) => whiteouts.has(at) || (depth < trail.length - 1 && opaque.has(at)));

/** Where a link at `at` leads that is `rest` short of its end. */
export function followed(at: string, to: string, rest = ""): string {
  const folder = to.startsWith("/") ? "" : at.slice(0, Math.max(at.lastIndexOf("/"), 0));
  return normalized(`${folder}/${to}/${rest}`);
}

/** Without `.`, and with `..` taken out: above the root there is nothing. */
export function normalized(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments.join("/");
}
