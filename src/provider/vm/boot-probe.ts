import { Readable } from "node:stream";
import type { VmAccelerator } from "../../model/vm.ts";
import { tryProgram } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";
import { kernelArguments } from "./image.ts";
import type { VmImage } from "./image-source.ts";

/** How far a guest came. */
export type ProbeResult =
  | { readonly boots: true }
  /** `hung`: it was waited for in vain. Else QEMU itself refused, which another moment may change. */
  | { readonly boots: false; readonly hung: boolean; readonly why: string };

export interface ProbeOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long the guest has; what is emulated takes longer than what is worth a trial. */
  readonly withinMs?: number;
}

/** A guest with a processor of its own says its first word after a second, also on a busy machine. */
const KERNEL_WITHIN_MS = 10_000;
/** One that has its own boot loader asks it first, and may be shown a menu by it. */
const DISK_WITHIN_MS = 30_000;

/**
 * QEMU ends with the one who holds its standard input, killed or not: a guest that hangs would run for ever.
 * What a shell starts in the background has no standard input of its own, so it is handed over as 3.
 */
const WITH_US =
  'exec 3<&0; "$@" 3<&- </dev/null & q=$!; (cat <&3 >/dev/null; kill -KILL $q 2>/dev/null) & wait $q; c=$?; kill $!; exit $c';

/**
 * Boots the image's kernel for a moment, until it starts its first program: whether /dev/kvm opens says nothing about it,
 * as it does so within virtual machines whose host then never runs a guest's guest.
 */
export async function probeBoot(
  image: VmImage,
  accelerator: VmAccelerator,
  surroundings: Surroundings,
  { signal, withinMs = image.boot === undefined ? DISK_WITHIN_MS : KERNEL_WITHIN_MS }: ProbeOptions = {},
): Promise<ProbeResult> {
  const seen = new AbortController();
  let lines = 0;
  const finished = await tryProgram(
    surroundings,
    "sh",
    ["-c", WITH_US, "sh", image.guest.program, ...probeArguments(image, accelerator)],
    {
      input: new Readable({ read() {} }),
      signal: signal === undefined ? seen.signal : AbortSignal.any([signal, seen.signal]),
      timeoutMs: withinMs,
      onLine(line) {
        lines++;
        if (RUNS.test(line)) seen.abort();
      },
    },
  );
  signal?.throwIfAborted();
  if (seen.signal.aborted) return { boots: true };
  if (finished.timedOut)
    return { boots: false, hung: true, why: `a guest ${lines === 0 ? "said nothing" : "hung"} under it` };
  return { boots: false, hung: false, why: finished.output.trim().split("\n").at(-1) ?? "QEMU ended at once" };
}

/** Of a kernel that is about to start the first program, or already did. */
const RUNS = /Run \S+ as init process|systemd\[1\]:| login:/;

/** The least that a kernel boots with. */
export function probeArguments(image: VmImage, accelerator: VmAccelerator): string[] {
  const { guest, disk, format, boot } = image;
  return [
    ...["-machine", `${guest.machine},accel=${accelerator}`, "-cpu", accelerator === "tcg" ? "max" : "host"],
    ...["-smp", "2", "-m", "512", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-serial", "stdio"],
    ...(boot === undefined
      ? ["-snapshot", "-drive", `if=virtio,format=${format},file=${disk.replaceAll(",", ",,")}`]
      : [
          "-kernel",
          boot.kernel,
          "-initrd",
          boot.initrd,
          "-append",
          `${kernelArguments(image, accelerator)} loglevel=7`,
        ]),
  ];
}
