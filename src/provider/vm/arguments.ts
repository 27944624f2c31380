import type { VmAccelerator } from "../../model/vm.ts";
import type { GuestArchitecture } from "./architecture.ts";
import type { MachineFiles } from "./layout.ts";

/** How many folders a machine can share. The number is fixed: a saved guest finds the devices it was saved with. */
export const SHARES = 8;

/** What all machines that start from one saved guest have in common: its memory knows these devices. */
export interface Hardware {
  readonly accelerator: VmAccelerator;
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** What is booted directly; a part of the machine also where a saved guest is loaded. */
export interface DirectBoot {
  readonly kernel: string;
  readonly initrd: string;
  /** The kernel's command line. */
  readonly append: string;
}

/** One run of QEMU. */
export interface QemuRun {
  readonly name: string;
  readonly guest: GuestArchitecture;
  readonly hardware: Hardware;
  /** Undefined for a disk with a boot loader of its own. */
  readonly boot: DirectBoot | undefined;
  readonly files: MachineFiles;
  /** Absolute paths, at most `SHARES`; the place in the list is the slot, and an empty text shares nothing. */
  readonly folders: readonly string[];
  /** The guest is not booted: it waits for a saved one. */
  readonly loads: boolean;
  /** False for a disk that is thrown away when anything goes wrong: the guest's flushes are not waited for. */
  readonly flushes: boolean;
}

/** The tag under which the guest mounts a slot. */
export const shareTag = (slot: number): string => `devenv${slot}`;

/**
 * QEMU's arguments for one run. Nothing but what is named here is in the machine, so that two runs have the same devices
 * at the same places, which a saved guest needs.
 */
export function qemuArguments(run: QemuRun): string[] {
  const { guest, hardware, files, boot } = run;
  return [
    ...["-name", `devenv-${run.name}`, "-nodefaults", "-no-user-config", "-display", "none"],
    ...["-machine", `${guest.machine},accel=${hardware.accelerator}`],
    ...["-cpu", hardware.accelerator === "tcg" ? "max" : "host"],
    ...["-smp", String(hardware.cpus), "-m", String(hardware.memoryMiB)],
    ...["-pidfile", files.pid],
    ...channel("qmp", files.monitor),
    ...["-mon", "chardev=qmp,mode=control"],
    ...["-chardev", `file,id=console,path=${escaped(files.console)}`, "-serial", "chardev:console"],
    ...deviceArguments(run),
    ...(boot === undefined ? [] : ["-kernel", boot.kernel, "-initrd", boot.initrd, "-append", boot.append]),
    ...(run.loads ? ["-incoming", "defer"] : []),
  ];
}

function deviceArguments({ guest, files, folders, flushes }: QemuRun): string[] {
  return [
    ...["-drive", driveOf(files.disk, flushes), "-device", "virtio-blk-pci,drive=disk"],
    // Port 0: the system chooses a free one, which nobody can take in between.
    ...["-netdev", "user,id=net,hostfwd=tcp:127.0.0.1:0-:22", "-device", "virtio-net-pci,netdev=net,romfile="],
    ...["-device", "virtio-rng-pci", "-device", "virtio-serial-pci"],
    // What the guest frees goes back to this machine, and is not saved.
    ...["-device", "virtio-balloon-pci,free-page-reporting=on"],
    ...channel("agent", files.agent),
    ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
    // Has a loaded guest's kernel draw other random numbers than its siblings (ACPI's virtual machine generation).
    ...(guest.name === "amd64" ? ["-device", "vmgenid,guid=auto"] : []),
    ...Array.from({ length: SHARES }, (_, slot) => shareArguments(slot, folders[slot] || files.nothing)).flat(),
  ];
}

const channel = (id: string, path: string): string[] => [
  "-chardev",
  `socket,id=${id},path=${escaped(path)},server=on,wait=off`,
];

const driveOf = (path: string, flushes: boolean): string =>
  `if=none,id=disk,file=${escaped(path)},format=qcow2,discard=unmap,detect-zeroes=unmap,cache=${flushes ? "writeback" : "unsafe"}`;

const shareArguments = (slot: number, path: string): string[] => [
  "-fsdev",
  `local,id=share${slot},path=${escaped(path)},security_model=none,multidevs=remap`,
  "-device",
  `virtio-9p-pci,fsdev=share${slot},mount_tag=${shareTag(slot)}`,
];

/** A comma ends a value, and two are one of the value's own. */
const escaped = (value: string): string => value.replaceAll(",", ",,");
