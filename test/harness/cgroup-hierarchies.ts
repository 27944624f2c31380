import { mkdtemp, readFile, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";
import { eventually } from "./eventually.ts";

/**
 * The hierarchies of control groups (cgroups(7), version 1) that the kernel keeps and this machine has mounted nowhere, by
 * their controllers. While there is one, containerd finds no place for the containers that it starts, and counts nothing.
 */
async function unmounted(): Promise<readonly string[]> {
  const [cgroups, mounts] = await Promise.all([
    readFile("/proc/self/cgroup", "utf8"),
    readFile("/proc/mounts", "utf8"),
  ]);
  const mounted = mounts
    .split("\n")
    .filter((line) => line.split(" ")[2] === "cgroup")
    .flatMap((line) => line.split(" ")[3]?.split(",") ?? []);
  return cgroups
    .split("\n")
    .map((line) => line.split(":")[1] ?? "")
    .filter((controllers) => controllers !== "" && !controllers.startsWith("name="))
    .filter((controllers) => !mounted.includes(controllers.split(",")[0] ?? ""));
}

/** Has the kernel forget one that nobody uses: its groups are removed, and with its last mount it goes. */
const FORGET =
  'mount -t cgroup -o "$1" none "$2" && find "$2" -mindepth 1 -depth -type d -exec rmdir {} +; umount "$2"';

/**
 * Notes which there are before a container with a systemd and the rights of root begins: that mounts every hierarchy that
 * the kernel knows. Gives the function that takes away what it brought, once that container is gone.
 */
export async function keepHierarchies(): Promise<() => Promise<void>> {
  const before = await unmounted();
  return async () => {
    const brought = async () => (await unmounted()).filter((controllers) => !before.includes(controllers));
    const without = async () => {
      for (const controllers of await brought()) await forget(controllers);
      return brought();
    };
    // One stays after its mount as long as the kernel has not let go of the groups that were in it.
    await eventually(without, (left) => left.length === 0, { withinMs: 60_000, paceMs: 500 });
  };
}

async function forget(controllers: string): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), "devenv-cgroup-"));
  const { code, output } = await systemProcesses.run("sh", ["-c", FORGET, "sh", controllers, place]);
  await rmdir(place);
  if (code !== 0) throw new Error(`the hierarchy ${controllers} of control groups cannot be taken away: ${output}`);
}
