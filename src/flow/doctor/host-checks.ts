import { open } from "node:fs/promises";
import { errorCode } from "../../host/files.ts";
import type { Check } from "../../model/check.ts";
import type { Profile } from "../../model/profile.ts";
import { contextName, findContext } from "../../provider/context-store.ts";
import { dockerConfigFolder } from "../../provider/docker-config.ts";
import { installCommand } from "../../provider/programs.ts";
import { watchesInUse } from "../../watch/in-use.ts";
import { openFolder } from "../../watch/inotify.ts";
import { cannotWatch, howToRaise, tightestLimit } from "../../watch/limits.ts";
import type { Machine } from "../machine.ts";

/** What of this machine does not depend on a daemon. */
export async function hostChecks(profile: Profile, machine: Machine): Promise<Check[]> {
  const isLinux = machine.machine.platform === "linux";
  const checks = await Promise.all([
    programChecks(machine),
    isLinux ? watchChecks(profile.workspace) : [],
    isLinux ? kvmChecks(profile) : [],
    contextChecks(profile, machine),
  ]);
  return checks.flat();
}

/** A program that only prints its version. */
const PROGRAM_MS = 5000;

async function programChecks(machine: Machine): Promise<Check[]> {
  const [git, docker] = await Promise.all([versionOf("git", machine), versionOf("docker", machine)]);
  const cli = docker === undefined ? "no docker CLI (only `devenv docker` wants it)" : `docker ${docker}`;
  const others = `Node.js ${process.versions.node}, ${cli}`;
  if (git !== undefined) return [{ name: "programs", state: "ok", what: `git ${git}, ${others}` }];
  return [
    {
      name: "programs",
      state: "warn",
      what: `there is no git; ${others}`,
      why: "repositories are cloned and pulled with it, and it says what is ignored",
      do: installCommand(["git"]),
    },
  ];
}

/** The first number of what it prints: `git version 2.39.5`, `Docker version 28.2.2, build …`. */
async function versionOf(program: string, { processes }: Machine): Promise<string | undefined> {
  const { code, stdout } = await processes.run(program, ["--version"], { timeoutMs: PROGRAM_MS });
  return code === 0 ? (/\d+(\.\d+)+/.exec(stdout)?.[0] ?? "of an unknown version") : undefined;
}

/** As many folders as a large workspace has: devenv takes a watch for each. */
const ENOUGH_WATCHES = 10_000;

/** Whether a folder can be watched, found out by doing it, and how many more could be. */
async function watchChecks(workspace: string): Promise<Check[]> {
  const why = "`devenv watch` sees a save by it";
  try {
    openFolder(
      workspace,
      () => {},
      () => {},
    ).close();
  } catch (thrown) {
    const { message, hint } = await cannotWatch(workspace, thrown as NodeJS.ErrnoException, () => 1);
    return [{ name: "watches", state: "warn", what: message, why, do: hint }];
  }
  const [limit, used] = await Promise.all([tightestLimit(), watchesInUse()]);
  const free = limit.value - used.reduce((sum, { watches }) => sum + watches, 0);
  if (free >= ENOUGH_WATCHES) {
    const what = Number.isFinite(free) ? `${free} more folders can be watched` : "folders can be watched";
    return [{ name: "watches", state: "ok", what }];
  }
  const what = `${Math.max(free, 0)} more folders can be watched: ${limit.name} is ${limit.value}`;
  return [{ name: "watches", state: "warn", what, why, do: howToRaise(limit) }];
}

/** What can be known of virtual machines without starting one: /dev/kvm may open where no guest ever boots under it. */
async function kvmChecks({ provider }: Profile): Promise<Check[]> {
  // Opened for real: root is let through by the file's mode, and then refused by the container that it is in.
  const code = await open("/dev/kvm", "r+").then((file) => file.close(), errorCode);
  if (code === undefined) {
    return [{ name: "kvm", state: "ok", what: "/dev/kvm opens; only a boot shows whether guests run" }];
  }
  const isWanted = provider === "vm" || provider === "minikube";
  const [what, remedy] =
    code === "EACCES"
      ? ["/dev/kvm is there, and not for you", "`sudo usermod -aG kvm $USER`, then log in anew"]
      : ["there is no /dev/kvm", "turn virtualisation on in the machine's firmware, or in the hypervisor around it"];
  if (!isWanted) return [{ name: "kvm", state: "ok", what: `${what}; nothing of this profile wants it` }];
  return [
    { name: "kvm", state: "warn", what, why: "a virtual machine is emulated without it, which is slow", do: remedy },
  ];
}

/** Whether the docker CLI and editors find the cluster by its context. */
async function contextChecks({ name }: Profile, machine: Machine): Promise<Check[]> {
  const context = contextName(name);
  const found = await findContext(dockerConfigFolder(machine), context).catch(() => undefined);
  switch (found?.kind) {
    case "own": {
      const wins = machine.environment.DOCKER_HOST ? " (DOCKER_HOST is set, and wins over `docker context use`)" : "";
      return [{ name: "context", state: "ok", what: `docker --context ${context} is this cluster${wins}` }];
    }
    case "foreign":
      return [
        {
          name: "context",
          state: "warn",
          what: `Docker has a context ${context} that devenv did not make`,
          why: "the docker CLI and editors would take it for the cluster's",
          do: `\`docker context rm ${context}\`, if nobody needs it; \`devenv docker\` reaches the cluster in any case`,
        },
      ];
    default:
      return [];
  }
}
