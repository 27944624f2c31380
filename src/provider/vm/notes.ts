import type { VmSpec } from "../../model/vm.ts";
import type { VmRecord } from "./record.ts";
import { sharedIn } from "./slots.ts";

/**
 * What a person should know of a machine that was left running, or was resumed, though its profile says otherwise: what
 * changes at its next start, and what not even then.
 */
export function notesFor(spec: VmSpec, record: VmRecord): readonly string[] {
  const { hardware, diskGiB, folders, image } = record;
  const later = [
    ...(spec.memoryMiB === hardware.memoryMiB
      ? []
      : [`${spec.memoryMiB} MiB of memory instead of ${hardware.memoryMiB} MiB`]),
    ...(spec.cpus === hardware.cpus ? [] : [`${spec.cpus} processors instead of ${hardware.cpus}`]),
    ...spec.folders.filter((folder) => !sharedIn(folders).includes(folder)).map((folder) => `the folder ${folder}`),
  ];
  const restart = "`devenv vm stop`, then `devenv up`";
  const isOther = spec.image.from === "url" && spec.image.sha256 !== image;
  return [
    ...(later.length === 0
      ? []
      : [`the virtual machine gets ${later.join(", ")} when it starts the next time: ${restart}`]),
    ...(spec.diskGiB >= diskGiB ? [] : [`the virtual machine keeps its disk of ${diskGiB} GiB: a disk only grows`]),
    ...(isOther ? ["the virtual machine keeps the image that it was made of: only a new one has another"] : []),
  ];
}
