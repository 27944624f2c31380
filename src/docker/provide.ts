import type { Daemon } from "./daemon.ts";

/** A file for a container. */
export interface ContainerFile {
  /** Absolute path in the container. */
  readonly target: string;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
  readonly content: Buffer;
}

/**
 * Puts files into a container that does not run yet, folders above them included: one archive for its root, and one for
 * each volume that holds some of them, because the daemon writes into a read-only container through its volumes only.
 * Works without a program in the image, and on every provider.
 * @param volumes absolute paths of folders that are volumes of the container
 */
export async function provideFiles(
  daemon: Pick<Daemon, "putArchive">,
  container: string,
  files: readonly ContainerFile[],
  volumes: readonly string[],
): Promise<void> {
  const byFolder = new Map<string, ContainerFile[]>();
  for (const file of files) {
    const folder = volumes.find((volume) => file.target.startsWith(`${volume}/`)) ?? "/";
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), file]);
  }
  for (const [folder, inside] of byFolder) await daemon.putArchive(container, folder, await filesTar(folder, inside));
}

/** The content of a file of a container; undefined when there is none. */
export async function providedContent(
  daemon: Pick<Daemon, "getArchive">,
  container: string,
  target: string,
): Promise<Buffer | undefined> {
  const archive = await daemon.getArchive(container, target);
  if (archive === undefined) return undefined;
  const { Parser } = await import("tar");
  const pieces: Buffer[] = [];
  const parser = new Parser({ onReadEntry: (entry) => entry.on("data", (piece: Buffer) => pieces.push(piece)) });
  parser.end(archive);
  return Buffer.concat(pieces);
}

const BLOCK = 512;

/** A tar archive of files, each under its path relative to a folder. */
export async function filesTar(folder: string, files: readonly ContainerFile[]): Promise<Buffer> {
  const { Header, Pax } = await import("tar");
  const pieces = files.flatMap(({ target, uid, gid, mode, content }) => {
    const path = target.slice(folder === "/" ? 1 : folder.length + 1);
    const facts = { path, uid, gid, mode, size: content.length, type: "File" as const, mtime: new Date(0) };
    const header = new Header(facts);
    // A path that is too long for a header stands in one of its own before it.
    const isLong = header.encode();
    const long = isLong ? [new Pax({ path, mtime: facts.mtime }).encode()] : [];
    return [...long, header.block ?? Buffer.alloc(0), content, Buffer.alloc(-content.length & (BLOCK - 1))];
  });
  return Buffer.concat([...pieces, Buffer.alloc(2 * BLOCK)]);
}
