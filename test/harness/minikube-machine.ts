import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostSources } from "../../src/docker/apt-sources.ts";
import { reachOptions } from "../../src/docker/debian-image.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { keepHierarchies } from "./cgroup-hierarchies.ts";
import { eventually } from "./eventually.ts";

/** A machine for minikube's driver ssh, with an address, a systemd, an sshd and a dockerd of its own. */
export interface MinikubeMachine {
  /** As `x-devenv.minikube.ssh` takes it. */
  readonly ssh: string;
  /** Path of the private key that it lets root in with. */
  readonly key: string;
  /** Nothing answers there any more. */
  switchOff(): Promise<void>;
  /** Resolves when its Docker daemon runs. */
  switchOn(): Promise<void>;
  /** Has it at another address from now on, which `ssh` tells. */
  move(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * It is a container on a daemon of this machine, so that nothing is emulated: minikube's own machines under driver docker
 * are made so, too.
 * @param folder of the test's own, for the key
 * @param socket of the daemon that it is to run on
 */
export async function startMinikubeMachine(folder: string, socket: string): Promise<MinikubeMachine> {
  const docker = (...args: string[]) => ran("docker", ["--host", `unix://${socket}`, ...args]);
  const name = `minikube-${randomBytes(4).toString("hex")}`;
  const networks = [`${name}-here`, `${name}-there`];
  const key = join(folder, "machine-key");
  await ran("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const image = await importImage(docker);
  for (const network of networks) await docker("network", "create", network);
  await docker(
    "create",
    "--name",
    name,
    "--hostname",
    name,
    "--network",
    networks[0] ?? "",
    ...OPTIONS,
    image,
    "/sbin/init",
  );
  await docker("cp", "-q", `${key}.pub`, `${name}:/root/.ssh/authorized_keys`);
  await writeFile(join(folder, "date"), DATE, { mode: 0o755 });
  await docker("cp", "-q", join(folder, "date"), `${name}:/usr/local/bin/date`);

  const forgetHierarchies = await keepHierarchies();
  let address = "";
  const switchOn = async () => {
    await docker("start", name);
    const isActive = () => isSuccess("docker", ["--host", `unix://${socket}`, "exec", name, ...DOCKER_RUNS]);
    await eventually(isActive, Boolean, { withinMs: 60_000, paceMs: 200 });
    address = await addressOf(docker, name);
  };
  await switchOn();
  return {
    get ssh() {
      return `root@${address}`;
    },
    key,
    async switchOff() {
      await docker("stop", "--time", "20", name);
    },
    switchOn,
    async move() {
      const [from = "", to = ""] = networks;
      await docker("network", "disconnect", from, name);
      await docker("network", "connect", to, name);
      networks.reverse();
      address = await addressOf(docker, name);
    },
    async remove() {
      await docker("rm", "--force", "--volumes", name);
      for (const network of networks) await docker("network", "rm", network);
      await forgetHierarchies();
    },
  };
}

/**
 * The clock of a container is that of this machine, which may not be set; minikube would where it was kept waiting for more
 * than two seconds for what it is (`adjustGuestClock`, 1.38.1), and fail.
 */
const DATE = '#!/bin/sh\n[ "$1" = -s ] || exec /bin/date "$@"\n';

const DOCKER_RUNS = ["systemctl", "is-active", "--quiet", "docker", "ssh"];

/** Not `--privileged`, which asks for all that there is: this machine's own root may lack some of it. */
const CAPABILITIES = [
  "SYS_ADMIN",
  "SYS_PTRACE",
  "SYS_NICE",
  "SYS_BOOT",
  "SYSLOG",
  "NET_ADMIN",
  "IPC_LOCK",
  "DAC_READ_SEARCH",
];

const OPTIONS = [
  // systemd's for an orderly end.
  "--stop-signal=SIGRTMIN+3",
  ...CAPABILITIES.map((name) => `--cap-add=${name}`),
  ...["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"].map((words) => `--security-opt=${words}`),
  "--device-cgroup-rule=a *:* rwm",
  // systemd's, and those of the containers in it.
  ...["--cgroupns=host", "--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw"],
  ...["/run", "/run/lock", "/tmp"].map((path) => `--tmpfs=${path}`),
  // Not on the layers of a container: overlays do not lie upon one another.
  "--volume=/var/lib/docker",
];

const SUITE = "bookworm";
const PACKAGES = [
  ...["systemd-sysv", "kmod", "procps", "iproute2", "sudo", "curl", "ca-certificates"],
  ...["docker.io", "iptables", "openssh-server"],
];
const WITHOUT = ["doc", "man", "locale"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
const ROOT = join(import.meta.dirname, "../fixtures/minikube/machine-root.sh");
const KEPT = join(tmpdir(), "devenv-test-minikube");

type Docker = (...args: string[]) => Promise<string>;

/** Built of Debian's packages once, in a minute or two, and kept from run to run under the name of all that decides it. */
async function importImage(docker: Docker): Promise<string> {
  const hook = await readFile(ROOT, "utf8");
  const digest = createHash("sha256")
    .update(JSON.stringify([SUITE, PACKAGES, WITHOUT, hook]))
    .digest("hex");
  const tar = join(KEPT, `machine-${digest.slice(0, 16)}.tar`);
  if (!existsSync(tar)) await build(tar, hook);
  const image = `devenv-test/minikube-machine:${digest.slice(0, 16)}`;
  await docker("import", tar, image);
  return image;
}

async function build(tar: string, hook: string): Promise<void> {
  await mkdir(KEPT, { recursive: true });
  const sources = await hostSources(SUITE);
  const reach = sources.length === 0 ? [] : reachOptions(await ran("apt-config", ["dump"]));
  const unfinished = `${tar}.${process.pid}.tar`;
  try {
    await ran("mmdebstrap", [
      ...["--mode=unshare", "--variant=minbase", "--format=tar", `--include=${PACKAGES.join(",")}`],
      ...["--dpkgopt=force-unsafe-io", ...WITHOUT, ...reach.map((option) => `--aptopt=${option}`)],
      ...[`--customize-hook=${hook}`, SUITE, unfinished, ...sources],
    ]);
    await rename(unfinished, tar);
  } finally {
    await rm(unfinished, { force: true });
  }
}

const addressOf = (docker: Docker, name: string): Promise<string> =>
  docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name);

const isSuccess = async (program: string, args: readonly string[]): Promise<boolean> =>
  (await systemProcesses.run(program, args)).code === 0;

/** Its standard output. */
async function ran(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, output, missing } = await systemProcesses.run(program, args, { timeoutMs: 600_000 });
  if (code === 0) return stdout.trim();
  throw new Error(
    `${program} ${args.slice(0, 6).join(" ")} failed: ${missing ? "not installed" : output.slice(-2000)}`,
  );
}
