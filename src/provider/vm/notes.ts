import type { VmSpec } from "../../model/vm.ts";
import type { VmRecord } from "./record.ts";
import { sharedIn } from "./slots.ts";

/**
 * What a person should know of a machine that was left running, or was resumed, though its profile says otherwise: what
 * changes when it starts the next time, and what not even then.
 */
export function notesFor(spec: VmSpec, record: VmRecord): readonly string[] {
  const { hardware, diskGiB, folders, image } = record;
  const sizes = [
    ...differing(spec.memoryMiB, hardware.memoryMiB, "MiB of memory"),
    ...differing(spec.cpus, hardware.cpus, "processors"),
  ];
  const missing = spec.folders.filter((folder) => !sharedIn(folders).includes(folder));
  const isOther = spec.image.from === "url" && spec.image.sha256 !== image;
  return [
    ...(sizes.length === 0
      ? []
      : [`the virtual machine gets ${sizes.join(" and ")} by \`devenv vm stop\` and \`devenv up\``]),
    ...missing.map((folder) => `the virtual machine shares ${folder} after \`devenv vm suspend\` and \`devenv up\``),
    ...(spec.diskGiB >= diskGiB ? [] : [`the virtual machine keeps its disk of ${diskGiB} GiB: a disk only grows`]),
    ...(isOther ? ["the virtual machine keeps the image that it was made of: only a new one has another"] : []),
  ];
}

const differing = (wanted: number, now: number, what: string): readonly string[] =>
  wanted === now ? [] : [`${wanted} ${what} instead of ${now}`];
