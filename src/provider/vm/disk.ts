import { link, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../../host/files.ts";
import { environmentFailure } from "../../model/failure.ts";
import { findProgram, installCommand, runProgram } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";
import type { VmImage } from "./image.ts";

/** Names beside a machine's own disk: what it lies over, and what it is booted by. */
const BELOW = { image: "image.disk", template: "template.qcow2", kernel: "kernel", initrd: "initrd" } as const;

export const GIB = 1024 ** 3;

/** What a machine in this folder is booted by, where its image was one with a kernel beside it. */
export const kernelIn = (folder: string): { readonly kernel: string; readonly initrd: string } => ({
  kernel: join(folder, BELOW.kernel),
  initrd: join(folder, BELOW.initrd),
});

/** Puts an image's files into a folder, and an empty disk over them. */
export async function layOverImage(
  image: VmImage,
  folder: string,
  disk: string,
  surroundings: Surroundings,
): Promise<void> {
  const files = [[image.disk, BELOW.image] as const];
  const boot =
    image.boot === undefined
      ? []
      : [[image.boot.kernel, BELOW.kernel] as const, [image.boot.initrd, BELOW.initrd] as const];
  for (const [from, name] of [...files, ...boot]) await bringIn(from, join(folder, name), surroundings);
  await overlay({ disk, over: BELOW.image, format: image.format }, surroundings);
}

/** Puts a template's files into a folder, and an empty disk over its disk. */
export async function layOverTemplate(template: string, disk: string, surroundings: Surroundings): Promise<void> {
  const folder = dirname(disk);
  for (const name of [BELOW.image, BELOW.kernel, BELOW.initrd]) {
    await bringIn(join(template, name), join(folder, name), surroundings).catch((error: unknown) => {
      // An image with a boot loader has no kernel beside it.
      if (errorCode(error) !== "ENOENT" || name === BELOW.image) throw error;
    });
  }
  await bringIn(join(template, basename(disk)), join(folder, BELOW.template), surroundings);
  await overlay({ disk, over: BELOW.template, format: "qcow2" }, surroundings);
}

/**
 * By a hard link, so that whoever empties the cache takes nothing from a machine. A copy where the cache is on another file
 * system, or the file is somebody else's (protected_hardlinks).
 */
async function bringIn(from: string, to: string, surroundings: Surroundings): Promise<void> {
  await rm(to, { force: true });
  await link(from, to).catch(async (error: unknown) => {
    if (errorCode(error) !== "EXDEV" && errorCode(error) !== "EPERM") throw error;
    const isGnu = surroundings.machine.platform === "linux";
    await runProgram(surroundings, "cp", [...(isGnu ? ["--sparse=always"] : []), from, to]);
  });
}

interface Overlay {
  readonly disk: string;
  /** A name beside it, so that a folder that is moved takes its disks along. */
  readonly over: string;
  readonly format: "raw" | "qcow2";
}

async function overlay({ disk, over, format }: Overlay, surroundings: Surroundings): Promise<void> {
  if (findProgram("qemu-img", surroundings) === undefined) {
    throw environmentFailure("qemu-img, which makes the disks of virtual machines, is not installed", {
      hint: `Install it: ${installCommand(["qemu-utils"])}, then try again.`,
    });
  }
  await rm(disk, { force: true });
  const kind = ["-q", "-f", "qcow2", "-b", over, "-F", format];
  await runProgram(surroundings, "qemu-img", ["create", ...kind, disk], { cwd: dirname(disk) });
}

/** What a file takes here, in bytes; 0 where there is none. */
export async function bytesTaken(path: string): Promise<number> {
  const facts = await stat(path).catch(() => undefined);
  return facts === undefined ? 0 : facts.blocks * 512;
}
