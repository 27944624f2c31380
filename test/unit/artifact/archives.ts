import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Packing } from "../../../src/model/artifact.ts";
import { type TarEntry, tarOf } from "./tars.ts";

/** What the entries of an archive under test say of themselves, whatever the format. */
export type ArchiveEntry = TarEntry;

/** An archive with exactly these entries, however wrong they are. */
export async function archiveOf(packing: Exclude<Packing, "none">, ...entries: ArchiveEntry[]): Promise<Buffer> {
  if (packing === "zip") return zipOf(...entries.map(asZipEntry));
  return compressed(packing, tarOf(...entries));
}

export async function compressed(packing: Exclude<Packing, "none" | "zip">, tar: Buffer): Promise<Buffer> {
  if (packing === "tar.gz") return gzipSync(tar);
  return packing === "tar.zst" ? zstd(tar) : tar;
}

/** Compressed by the real program: no JavaScript of Node 20 does it. */
export async function zstd(content: Buffer, ...options: string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-zstd-"));
  try {
    await writeFile(join(folder, "plain"), content);
    await run("zstd", ["-q", ...options, join(folder, "plain"), "-o", join(folder, "packed")]);
    return await readFile(join(folder, "packed"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs a real packer in a folder that has these files; gives what it wrote to the file `packed.<suffix>`. */
export async function packedBy(
  suffix: string,
  files: Record<string, string>,
  command: (file: string) => [string, ...string[]],
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-packed-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, "in", path)), { recursive: true });
      await writeFile(join(folder, "in", path), content);
    }
    const file = join(folder, `packed.${suffix}`);
    const [program, ...args] = command(file);
    await run(program, args, join(folder, "in"));
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(program: string, args: string[], cwd?: string): Promise<void> {
  const { code, output } = await systemProcesses.run(program, args, cwd === undefined ? {} : { cwd });
  if (code !== 0) throw new Error(`${program}: ${output}`);
}

export interface ZipEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** What Unix calls st_mode. */
  readonly mode?: number;
  /** What the directory claims, where it is not so. */
  readonly claims?: {
    readonly size?: number;
    readonly crc?: number;
    readonly method?: number;
    readonly flags?: number;
  };
  /** The number of an earlier entry whose bytes are this one's, too. */
  readonly sameAs?: number;
}

const ST_MODES: Readonly<Record<string, number>> = {
  SymbolicLink: 0o120777,
  CharacterDevice: 0o020666,
  BlockDevice: 0o060666,
  FIFO: 0o010666,
  Directory: 0o040755,
};

const asZipEntry = ({ path, type = "File", content, linkpath, mode = 0o644, size }: ArchiveEntry): ZipEntry => ({
  name: type === "Directory" && !path.endsWith("/") ? `${path}/` : path,
  content: linkpath ?? content ?? "",
  mode: ST_MODES[type] ?? 0o100000 | mode,
  ...(size !== undefined && { claims: { size } }),
});

/** A zip with exactly these entries, by the letter of APPNOTE 4.3: local headers, directory, end. */
export function zipOf(...entries: readonly ZipEntry[]): Buffer {
  const [files, directory, offsets]: [Buffer[], Buffer[], number[]] = [[], [], []];
  let offset = 0;
  for (const entry of entries) {
    const { name, content = "", mode = 0o100644, claims = {}, sameAs } = entry;
    const [plain, path] = [Buffer.from(content), Buffer.from(name)];
    const packed = deflateRawSync(plain);
    const at = sameAs === undefined ? offset : (offsets[sameAs] ?? 0);
    offsets.push(at);
    const facts = Buffer.alloc(22);
    facts.writeUInt16LE(claims.flags ?? 0x800, 0);
    facts.writeUInt16LE(claims.method ?? 8, 2);
    facts.writeUInt32LE(claims.crc ?? crc32(plain), 8);
    facts.writeUInt32LE(packed.length, 12);
    facts.writeUInt32LE(claims.size ?? plain.length, 16);
    facts.writeUInt16LE(path.length, 20);
    const rest = Buffer.alloc(16);
    rest.writeUInt32LE((mode * 0x10000) >>> 0, 8);
    rest.writeUInt32LE(at, 12);
    directory.push(Buffer.from("504b010214031400", "hex"), facts, rest, path);
    if (sameAs !== undefined) continue;
    const local = Buffer.concat([Buffer.from("504b03041400", "hex"), facts, Buffer.alloc(2), path, packed]);
    files.push(local);
    offset += local.length;
  }
  const all = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("504b0506", 0, "hex");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(all.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, all, end]);
}
