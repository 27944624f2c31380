import { open } from "node:fs/promises";
import type { Platform } from "../model/artifact.ts";

/** What the first bytes of a file say that it is. */
export type Executable =
  | {
      readonly kind: "elf";
      readonly platform: Platform;
      readonly interpreter: string | undefined;
      /** It ends before what its headers have the kernel load. */
      readonly isCutOff?: true;
    }
  | { readonly kind: "script"; readonly interpreter: string }
  | { readonly kind: "mach-o" | "pe" | "other" };

/** e_machine -> Go's name, for [little-endian, big-endian] where the two differ. */
const MACHINES: ReadonlyMap<number, string | readonly [string, string]> = new Map<
  number,
  string | readonly [string, string]
>([
  [0x03, "386"],
  [0x08, ["mipsle", "mips"]],
  [0x15, ["ppc64le", "ppc64"]],
  [0x16, "s390x"],
  [0x28, "arm"],
  [0x3e, "amd64"],
  [0xb7, "arm64"],
  [0xf3, "riscv64"],
  [0x102, "loong64"],
]);

/** e_ident[EI_OSABI]; 0 (System V) and 3 (GNU) are what Linux programs carry. */
const SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0, "linux"],
  [3, "linux"],
  [2, "netbsd"],
  [6, "solaris"],
  [9, "freebsd"],
  [12, "openbsd"],
]);

const PT_LOAD = 1;
const PT_INTERP = 3;
/** Program headers stand right after the ELF header; an interpreter's path in the first page. */
const HEAD_BYTES = 4096;
const MACH_O = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe]);

/** Takes the path of a file; gives what kind of program it is. Reads one page. */
export async function readExecutable(path: string): Promise<Executable> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    const program = identify(head);
    const isCutOff = program.kind === "elf" && loadedBytes(head) > (await file.stat()).size;
    return isCutOff ? { ...program, isCutOff } : program;
  } finally {
    await file.close();
  }
}

/** The same from the first bytes of a file; a header that is cut off says `other`. */
export function identify(head: Buffer): Executable {
  if (head.length >= 2 && head.toString("latin1", 0, 2) === "#!") return script(head);
  if (head.length >= 64 && head.readUInt32BE(0) === 0x7f454c46) return elf(head);
  if (head.length >= 4 && MACH_O.has(head.readUInt32BE(0))) return { kind: "mach-o" };
  if (head.length >= 64 && head.toString("latin1", 0, 2) === "MZ") return { kind: "pe" };
  return { kind: "other" };
}

function script(head: Buffer): Executable {
  const line = head.toString("utf8", 2).split("\n", 1)[0] ?? "";
  return { kind: "script", interpreter: line.trim().split(/\s+/)[0] ?? "" };
}

function elf(head: Buffer): Executable {
  const little = head[5] === 1;
  const machine = u16(head, 18, little);
  const known = MACHINES.get(machine) ?? `machine ${machine}`;
  const arch = typeof known === "string" ? known : known[little ? 0 : 1];
  const system = head[7] ?? 0;
  const os = SYSTEMS.get(system) ?? `system ${system}`;
  return { kind: "elf", platform: { os, arch }, interpreter: interpreterOf(head, little) };
}

/** The dynamic loader that a PT_INTERP program header asks for; a static program has none. */
function interpreterOf(head: Buffer, little: boolean): string | undefined {
  const segment = segmentsOf(head, little).find(({ type }) => type === PT_INTERP);
  if (segment === undefined) return undefined;
  const { offset, size } = segment;
  const name = head.toString("utf8", offset, Math.min(offset + size, head.length)).replace(/\0.*$/s, "");
  return name === "" ? "a dynamic loader" : name;
}

/** How many bytes a program has at the least: as many as its headers have the kernel load. */
const loadedBytes = (head: Buffer): number =>
  segmentsOf(head, head[5] === 1)
    .filter(({ type }) => type === PT_LOAD)
    .reduce((end, { offset, size }) => Math.max(end, offset + size), 0);

interface Segment {
  readonly type: number;
  readonly offset: number;
  /** In the file. */
  readonly size: number;
}

/** The program headers, as far as they stand in the first page. */
function segmentsOf(head: Buffer, little: boolean): Segment[] {
  const wide = head[4] === 2;
  const table = wide ? u64(head, 32, little) : u32(head, 28, little);
  const entrySize = u16(head, wide ? 54 : 42, little);
  const count = u16(head, wide ? 56 : 44, little);
  const segments: Segment[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * entrySize;
    if (at + entrySize > head.length || entrySize < (wide ? 56 : 32)) break;
    segments.push({
      type: u32(head, at, little),
      offset: wide ? u64(head, at + 8, little) : u32(head, at + 4, little),
      size: wide ? u64(head, at + 32, little) : u32(head, at + 16, little),
    });
  }
  return segments;
}

const u16 = (bytes: Buffer, at: number, little: boolean) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
const u32 = (bytes: Buffer, at: number, little: boolean) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
/** Offsets within a file fit a double. */
const u64 = (bytes: Buffer, at: number, little: boolean) =>
  Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
