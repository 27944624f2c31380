import { createHash } from "node:crypto";
import type { GuestArchitecture } from "./architecture.ts";
import guestDisk from "./guest-disk.sh";
import guestRoot from "./guest-root.sh";

/** All that decides what is in an image that is built here. */
export interface Recipe {
  /** Of everything below: the image of another recipe is another image. */
  readonly digest: string;
  readonly guest: GuestArchitecture;
  /** Debian's release. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** Options of dpkg, as mmdebstrap takes them. */
  readonly dpkgOptions: readonly string[];
  /** Shell, run when dpkg can run in the new root and most packages are still to come; `$1` is that root. */
  readonly beforePackages: string;
  /** Shell, run when all packages are there; `$1` is the new root. */
  readonly afterPackages: string;
  /** Shell that makes the disk of what was packed. */
  readonly makeDisk: string;
  /** Of the disk; a guest's overlay may be larger. */
  readonly diskBytes: number;
}

const SUITE = "bookworm";

const PACKAGES = [
  ...["systemd-sysv", "kmod", "procps", "iproute2", "e2fsprogs", "sudo"],
  ...["docker.io", "iptables", "ca-certificates"],
  ...["openssh-server", "qemu-guest-agent"],
  // The kernel is unpacked and its first root made with these.
  ...["busybox-static", "cpio", "xz-utils"],
];

/** What no guest of QEMU's has a use for, as patterns of dpkg: a star also fits slashes, and the last that fits decides. */
const FILES = [
  ...["doc", "man", "info", "locale", "lintian", "bash-completion", "bug"].map(
    (name) => `exclude=/usr/share/${name}/*`,
  ),
  "include=/usr/share/doc/*/copyright",
  ...["drivers", "sound"].map((name) => `exclude=/lib/modules/*/kernel/${name}/*`),
  ...["block", "char", "md", "net", "virtio"].map((name) => `include=/lib/modules/*/kernel/drivers/${name}/*`),
  // The folders are those of network cards: bridge, veth, virtio_net and their like lie beside them.
  "exclude=/lib/modules/*/kernel/drivers/net/*/*",
  ...["ipvlan", "vxlan", "wireguard"].map((name) => `include=/lib/modules/*/kernel/drivers/net/${name}/*`),
  "exclude=/lib/udev/hwdb*",
  // Of Docker's packages, what only its developers run.
  ...["bin/ctr", "bin/dnet", "sbin/ovrouter", "bin/containerd-shim-runc-v1", "bin/containerd-stress"].map(
    (name) => `exclude=/usr/${name}`,
  ),
];

/** The recipe of the guests that devenv builds by itself. */
export function recipeFor(guest: GuestArchitecture): Recipe {
  const recipe: Omit<Recipe, "digest"> = {
    guest,
    suite: SUITE,
    packages: [`linux-image-${guest.name}`, ...PACKAGES],
    dpkgOptions: ["force-unsafe-io", "force-confold", ...FILES.map((pattern) => `path-${pattern}`)],
    // Its kernel is booted with a first root of our own, which is made in a moment.
    beforePackages:
      'mkdir -p "$1/etc/initramfs-tools"; echo update_initramfs=no >"$1/etc/initramfs-tools/update-initramfs.conf"',
    afterPackages: guestRoot,
    makeDisk: guestDisk,
    diskBytes: 8 * 1024 ** 3,
  };
  return { ...recipe, digest: createHash("sha256").update(JSON.stringify(recipe)).digest("hex") };
}

/** What of this machine the packages are fetched by. */
export interface Reach {
  /** Lines of apt's sources; none for Debian's own servers. */
  readonly sources: readonly string[];
  /** Lines of apt's configuration. */
  readonly aptOptions: readonly string[];
}

/** The arguments with which mmdebstrap packs a recipe's root file system into a tar, telling all that it does. */
export function mmdebstrapArguments(recipe: Recipe, { sources, aptOptions }: Reach, tar: string): string[] {
  return [
    "--verbose",
    // Also by root, whose user namespace it leaves: mounts in a name space of its own end with it, however it is killed;
    // this machine's /proc and /sys would stay mounted in what it leaves.
    "--mode=unshare",
    "--variant=minbase",
    "--format=tar",
    `--architectures=${recipe.guest.name}`,
    `--include=${recipe.packages.join(",")}`,
    ...recipe.dpkgOptions.map((option) => `--dpkgopt=${option}`),
    ...aptOptions.map((option) => `--aptopt=${option}`),
    `--essential-hook=${recipe.beforePackages}`,
    `--customize-hook=${recipe.afterPackages}`,
    recipe.suite,
    tar,
    ...sources,
  ];
}
