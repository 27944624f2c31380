import { Header, type HeaderData, Pax } from "tar";

export interface TarEntry {
  readonly path: string;
  readonly type?: NonNullable<HeaderData["type"]>;
  readonly content?: string | Buffer;
  readonly mode?: number;
  readonly linkpath?: string;
  /** What the header claims, where it is not the content's. */
  readonly size?: number;
  /** An extended header before it, which overrides it. */
  readonly pax?: HeaderData;
}

/** A tar with exactly these entries, however wrong they are. */
export function tarOf(...entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(1024)]);
}

function blocksOf({ path, type = "File", content = "", mode = 0o644, linkpath, size, pax }: TarEntry): Buffer[] {
  const body = Buffer.from(content);
  const block = Buffer.alloc(512);
  const data = { path, type, mode, uid: 1000, gid: 1000, size: size ?? body.length, mtime: new Date(1e12) };
  new Header({ ...data, ...(linkpath !== undefined && { linkpath }) }).encode(block);
  const padding = Buffer.alloc((512 - (body.length % 512)) % 512);
  return [...(pax === undefined ? [] : [new Pax(pax).encode()]), block, body, padding];
}
