import { statfs } from "node:fs/promises";
import { nearestFolder } from "../../host/files.ts";
import type { Check } from "../../model/check.ts";
import { asFailure } from "../../model/failure.ts";
import type { Profile } from "../../model/profile.ts";
import { DEFAULT_VM, type VmStatus } from "../../model/vm.ts";
import { installCommand } from "../../provider/programs.ts";
import { knownAccelerator } from "../../provider/vm/accelerator.ts";
import { guestArchitecture } from "../../provider/vm/architecture.ts";
import { missingFor, packagesOf } from "../../provider/vm/image-needs.ts";
import { lossIn } from "../../provider/vm/loss.ts";
import { qemuVersion } from "../../provider/vm/qemu-process.ts";
import { size } from "../../state/size.ts";
import type { Machine } from "../machine.ts";
import { FULL_BYTES, SCARCE_BYTES } from "./store-checks.ts";

/** The virtual machine of a profile's cluster, and what it is to run on; nothing for other providers. */
export async function vmChecks(profile: Profile, machine: Machine): Promise<Check[]> {
  const { name, provider } = profile;
  if (provider !== "vm") return [];
  const { vmStatus } = await import("../../provider/vm/status.ts");
  const [qemu, status] = await Promise.all([qemuCheck(profile, machine), vmStatus(name, machine, { asksGuest: true })]);
  const accelerator = qemu.state === "ok" ? [await acceleratorCheck(machine)] : [];
  return [qemu, ...accelerator, machineCheck(status), await roomCheck(status, machine)];
}

/** What guests were seen to run on; it is not tried here, which takes a boot. */
async function acceleratorCheck(machine: Machine): Promise<Check> {
  const known = await knownAccelerator(guestArchitecture(), machine);
  const name = "accelerator";
  if (known === undefined) {
    return { name, state: "ok", what: "whether guests run by virtualisation is tried at the machine's first start" };
  }
  if (known.name !== "tcg") return { name, state: "ok", what: known.why };
  return {
    ...{ name, state: "warn", what: known.why },
    why: "all that runs in an emulated machine is several times slower",
    do: "use another provider where there is one; in a cloud, nested virtualisation is the provider's to allow",
  };
}

async function qemuCheck({ vm = DEFAULT_VM }: Profile, machine: Machine): Promise<Check> {
  try {
    const absent = missingFor(vm.image, machine);
    const version = /version (\d+(\.\d+)+)/.exec(await qemuVersion(guestArchitecture(), machine))?.[1];
    if (absent.length === 0) return { name: "qemu", state: "ok", what: `QEMU ${version ?? "of an unknown version"}` };
    const words = absent.map(({ what, why }) => `${what}, which ${why}`).join("; ");
    return { ...missing(`not installed: ${words}`), do: installCommand(packagesOf(absent)) };
  } catch (thrown) {
    const { message, hint } = asFailure(thrown);
    return { ...missing(message), do: hint };
  }
}

const missing = (what: string): Check => ({ name: "qemu", state: "bad", what, why: "it runs the cluster's machine" });

/** How the machine is; a stopped one is no obstacle, since `devenv up` starts it. */
function machineCheck(status: VmStatus): Check {
  const { cluster, state, trouble, folders } = status;
  const loss = lossIn(status);
  if (loss !== undefined) {
    const isOdd = state === "ended";
    const what = `${loss.message}; \`devenv up\` brings it up`;
    return {
      name: "machine",
      state: isOdd ? "warn" : "ok",
      what,
      ...(isOdd && { why: "nothing of the cluster runs" }),
    };
  }
  if (trouble !== undefined) {
    const why = "what runs in it fails, or hangs";
    return { name: "machine", state: "warn", what: `the virtual machine of ${cluster}: ${trouble}`, why };
  }
  const unmounted = folders.filter(({ mounted }) => !mounted).map(({ path }) => path);
  if (unmounted.length === 0) return { name: "machine", state: "ok", what: runs(status) };
  return {
    name: "machine",
    state: "warn",
    what: `the virtual machine of ${cluster} has lost ${unmounted.join(", ")}`,
    why: "containers that mount it see an empty folder",
    do: "`devenv vm start`, which mounts it again",
  };
}

function runs({ cluster, accelerator, cpus, memoryMiB, folders }: VmStatus): string {
  const shared = `${folders.length} folder${folders.length === 1 ? "" : "s"} of this machine`;
  return `that of ${cluster} runs: ${accelerator}, ${cpus} processors, ${memoryMiB} MiB, with ${shared}`;
}

/** Its disk takes room here as it is written to, and has less of it than it seems where this machine's is full. */
async function roomCheck({ disk }: VmStatus, { folders }: Machine): Promise<Check> {
  const { bavail, bsize } = await statfs(await nearestFolder(folders.state));
  const here = bavail * bsize;
  const free = disk?.freeBytes;
  const inside = free === undefined ? "" : `, and ${size(free)} in it`;
  const what = `${size(here)} are free here for its disk${inside}`;
  const scarcest = Math.min(here, free ?? here);
  if (scarcest >= SCARCE_BYTES) return { name: "room", state: "ok", what };
  const isInside = free !== undefined && free < here;
  return {
    name: "room",
    state: scarcest < FULL_BYTES ? "bad" : "warn",
    what,
    why: "images, containers and volumes of the cluster are on its disk",
    do: isInside ? "`devenv docker system prune`, or a larger x-devenv.vm.disk" : "make room on this machine",
  };
}
