import { type Failure, failed } from "../../model/failure.ts";
import { type FileEntry, findInImage, hidesBelow, type Layers, MAX_LINKS, normalized, trailOf } from "./image-path.ts";
import { type LayerEntry, type LayerIndex, within } from "./layer-index.ts";

/** A folder of an image with nothing but files and folders in it. Paths are relative to it, sorted, parents first. */
export interface ImageTree {
  readonly folders: readonly string[];
  readonly files: readonly TreeFile[];
}

export interface TreeFile {
  readonly path: string;
  /** Whose content it has: the file's place in the layer's tar. */
  readonly layer: number;
  readonly file: FileEntry;
}

/** As many as the store takes in a tree: links to folders could make endlessly many of a few. */
const MAX_ENTRIES = 50_000;

/**
 * What a container would see in a folder of an image. A link to what is inside the folder is the file or the folder that
 * it leads to, as it is for a folder of this machine. Every layer that may have a part in it is read, down to one that
 * hides all below.
 * @param folder a path without a link in it, as `findInImage` gives it
 * @param from names the folder, for messages
 * @throws Failure (exit 1): a link that leads out of the folder, to nothing or around it; a device; too many entries.
 */
export async function treeOf(layers: Layers, folder: string, from: string): Promise<ImageTree> {
  const seen = await seenIn(layers, folder);
  const tree = new Tree(layers, folder, from, seen);
  await tree.walk("", "", [""]);
  return tree;
}

/** An entry, and the layer that it is of. */
interface Seen {
  readonly layer: number;
  readonly entry: LayerEntry;
}

/** By path relative to the folder. */
async function seenIn(layers: Layers, folder: string): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>();
  const hidden = new Hidden();
  const trail = folder === "" ? [] : trailOf(folder);
  for (let layer = 0; layer < layers.count; layer++) {
    const index = await layers.index(layer);
    if (trail.some((at) => isReplaced(index.entries.get(at)))) break; // below a file or a link there is no folder
    for (const [path, entry] of index.entries) {
      const inside = insideOf(folder, path);
      if (inside !== undefined && !seen.has(inside) && !hidden.has(inside)) seen.set(inside, { layer, entry });
    }
    if (hidesBelow(trail, index) || index.opaque.has(folder)) break;
    hidden.add(index, folder);
  }
  return seen;
}

const isReplaced = (entry: LayerEntry | undefined): boolean => entry !== undefined && entry.is !== "folder";

/** What layers above hide of those below. */
class Hidden {
  /** The path itself, and what is in it. */
  readonly #gone = new Set<string>();
  /** What is in it alone. */
  readonly #emptied = new Set<string>();

  has(path: string): boolean {
    return trailOf(path).some((at) => this.#gone.has(at) || (at !== path && this.#emptied.has(at)));
  }

  add({ entries, whiteouts, opaque }: LayerIndex, folder: string): void {
    const inside = (paths: Iterable<string>) => [...paths].flatMap((path) => insideOf(folder, path) ?? []);
    for (const path of inside(whiteouts)) this.#gone.add(path);
    for (const path of inside(opaque)) this.#emptied.add(path);
    for (const [path, entry] of entries) {
      const at = isReplaced(entry) ? insideOf(folder, path) : undefined;
      if (at !== undefined) this.#gone.add(at);
    }
  }
}

/** A path relative to a folder that it is in; undefined when it is not. */
function insideOf(folder: string, path: string): string | undefined {
  if (folder === "") return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** The tree while it comes into being. */
class Tree implements ImageTree {
  readonly folders: string[] = [];
  readonly files: TreeFile[] = [];
  readonly #layers: Layers;
  readonly #folder: string;
  readonly #from: string;
  readonly #seen: ReadonlyMap<string, Seen>;
  readonly #names = new Map<string, string[]>();

  constructor(layers: Layers, folder: string, from: string, seen: ReadonlyMap<string, Seen>) {
    this.#layers = layers;
    this.#folder = folder;
    this.#from = from;
    this.#seen = seen;
    for (const path of seen.keys()) {
      const slash = path.lastIndexOf("/");
      const around = path.slice(0, Math.max(slash, 0));
      const names = this.#names.get(around) ?? [];
      names.push(path.slice(slash + 1));
      this.#names.set(around, names);
    }
  }

  /** What is in the folder `real`, under `path`. `around` are the real folders from the root on. */
  async walk(path: string, real: string, around: readonly string[]): Promise<void> {
    for (const name of (this.#names.get(real) ?? []).sort()) {
      const [to, at] = [within(path, name), this.#target(within(real, name))];
      const { layer, entry } = this.#seen.get(at) as Seen;
      if (this.folders.length + this.files.length >= MAX_ENTRIES) throw this.#refused(to, `is one too many`);
      if (entry.is === "folder") {
        if (around.includes(at)) throw this.#refused(to, "is a link to a folder around it");
        this.folders.push(to);
        await this.walk(to, at, [...around, at]);
      } else {
        this.files.push({ path: to, ...(await this.#file(to, layer, entry)) });
      }
    }
  }

  async #file(path: string, layer: number, entry: LayerEntry): Promise<Omit<TreeFile, "path">> {
    if (entry.is === "file") return { layer, file: entry };
    if (entry.is !== "hardlink") throw this.#refused(path, "is neither a file nor a folder");
    const { count, index } = this.#layers;
    const below: Layers = { count: count - layer, index: (number) => index(layer + number) };
    const found = await findInImage(below, entry.to);
    if (found.is !== "file") throw this.#refused(path, `is a hard link to ${entry.to}, which is no file`);
    return { layer: layer + found.layer, file: found.file };
  }

  /** Where a path of the folder leads, its own links followed. */
  #target(path: string): string {
    let wanted = path;
    for (let links = 0; links <= MAX_LINKS; links++) {
      const link = trailOf(wanted).find((at) => this.#seen.get(at)?.entry.is === "symlink");
      if (link === undefined) {
        if (!this.#seen.has(wanted)) throw this.#refused(path, "is a link to nothing inside it");
        return wanted;
      }
      wanted = this.#followed(link, wanted.slice(link.length + 1), path);
    }
    throw this.#refused(path, "is a link in a circle");
  }

  #followed(link: string, rest: string, path: string): string {
    const { entry } = this.#seen.get(link) as Seen;
    const to = entry.is === "symlink" ? entry.to : "";
    const from = to.startsWith("/") ? "" : within(this.#folder, link).replace(/[^/]*$/, "");
    const target = normalized(`${from}/${to}/${rest}`);
    if (target === this.#folder) throw this.#refused(path, "is a link to a folder around it");
    const inside = insideOf(this.#folder, target);
    if (inside === undefined) throw this.#refused(path, `is a link that leads out of it, to /${target}`);
    return inside;
  }

  #refused(path: string, why: string): Failure {
    return failed(`${this.#from}: it cannot be an artifact: ${JSON.stringify(path)} ${why}`, {
      hint: "an artifact of kind tree is a folder of files: let CI put the file itself there, or name a folder in it",
    });
  }
}
