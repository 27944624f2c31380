import { Readable } from "node:stream";
import { type Failure, failed } from "../../model/failure.ts";
import { headerOf } from "../pack.ts";
import type { Content, Opened } from "../source.ts";
import { type Found, findInImage, type Layers } from "./image-path.ts";
import { type ImageTree, type TreeFile, treeOf } from "./image-tree.ts";
import { indexLayer, readLayer, type Wanted } from "./layer-index.ts";

/** An image's layers, the top one first, each as its uncompressed tar. Asked for a layer, it is pulled. */
export interface LayerTars {
  readonly count: number;
  /** The folder that the paths of all of them begin in, where that is not the root. */
  readonly under?: string;
  tar(layer: number): AsyncIterable<Buffer>;
}

/** A file or a folder in an image. */
export interface ImagePath {
  readonly path: string;
  /** `tree` where the folder itself is meant. */
  readonly kind: Content["kind"];
  /** Names it for people: `registry.example.org/books:124, /app/books` */
  readonly from: string;
}

const BLOCK = 512;

/**
 * Opens a file of an image, or a folder as a tar of nothing but files and folders. Layers are pulled from the top, and
 * for a file only down to the one that has it. Nothing is unpacked to disk, and of a layer only its names are in memory.
 * @throws Failure (exit 1): there is no such path, or it is not of the kind
 */
export async function openInImage(tars: LayerTars, { path, kind, from }: ImagePath): Promise<Opened> {
  const layers = indexed(tars, from);
  const found = await findInImage(layers, path);
  if (kind === "file" && found.is === "file") {
    const { layer, file } = found;
    const wanted = new Map([[file.number, {}]]);
    const stream = Readable.from(pick(tars.tar(layer), from, wanted, file.size), { objectMode: false });
    return { stream, offset: 0, size: file.size };
  }
  if (kind === "tree" && found.is === "folder") {
    const tree = await treeOf(layers, found.path, from);
    return { stream: Readable.from(packed(tars, tree, from), { objectMode: false }), offset: 0 };
  }
  throw notThat(found, kind, from);
}

/** What a layer changes, found out once. */
function indexed(tars: LayerTars, from: string): Layers {
  const indexes = new Map<number, ReturnType<typeof indexLayer>>();
  return {
    count: tars.count,
    index(layer) {
      const index = indexes.get(layer) ?? indexLayer(tars.tar(layer), from, tars.under);
      indexes.set(layer, index);
      return index;
    },
  };
}

/** The content of some entries of a layer; ends as soon as so many bytes came. */
async function* pick(
  tar: AsyncIterable<Buffer>,
  from: string,
  wanted: ReadonlyMap<number, Wanted>,
  size: number,
): AsyncGenerator<Buffer> {
  let left = size;
  if (left === 0) return;
  for await (const piece of readLayer(tar, from, (_entry, number) => wanted.get(number))) {
    yield piece;
    left -= piece.length;
    if (left <= 0) return;
  }
}

async function* packed(tars: LayerTars, { folders, files }: ImageTree, from: string): AsyncGenerator<Buffer> {
  // First the folder itself: without an entry it would be no tar to some.
  for (const folder of [".", ...folders]) yield* await headerOf(`${folder}/`, "Directory", 0o755, 0);
  for (const turn of turnsOf(files)) {
    const wanted = new Map<number, Wanted>();
    let size = 0;
    for (const { path, file } of turn.files) {
      const before = Buffer.concat(await headerOf(path, "File", file.isExecutable ? 0o755 : 0o644, file.size));
      const after = Buffer.alloc(-file.size & (BLOCK - 1));
      wanted.set(file.number, { before, after });
      size += before.length + file.size + after.length;
    }
    yield* pick(tars.tar(turn.layer), from, wanted, size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** One reading of one layer, which gives each file of it once. */
interface Turn {
  readonly layer: number;
  readonly files: readonly TreeFile[];
}

/** A file that has several names, by links, is read once for each of them: a stream cannot be turned back. */
function turnsOf(files: readonly TreeFile[]): readonly Turn[] {
  const turns: { layer: number; files: Map<number, TreeFile> }[] = [];
  for (const file of files) {
    const { layer } = file;
    const turn = turns.find((each) => each.layer === layer && !each.files.has(file.file.number));
    if (turn === undefined) turns.push({ layer, files: new Map([[file.file.number, file]]) });
    else turn.files.set(file.file.number, file);
  }
  return turns.map((turn) => ({ layer: turn.layer, files: [...turn.files.values()] }));
}

function notThat(found: Found, kind: Content["kind"], from: string): Failure {
  switch (found.is) {
    case "nothing":
      return failed(`${from}: the image has no such ${kind === "tree" ? "folder" : "file"}`, {
        hint: "correct `path` (or `config`, `setup`) of x-devenv.artifacts, or let CI put it there",
      });
    case "folder":
      return failed(`${from}: it is a folder, and a file is meant`, {
        hint: "name a file in it, or write `artifact: tree` in x-devenv of the service",
      });
    case "file":
      return failed(`${from}: it is a file, and a folder is meant`, {
        hint: "name the folder that it is in, or an archive (.tar, .tar.gz, .tar.zst, .zip)",
      });
    case "other":
      return failed(`${from}: it is neither a file nor a folder, but a ${found.type}`, {
        hint: "correct `path` of x-devenv.artifacts",
      });
  }
}
