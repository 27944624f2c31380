import type { Mount } from "../delivery/mount.ts";
import type { Delivery } from "../model/delivery.ts";
import { dockerHost, type Endpoint, type EndpointMachine } from "../model/endpoint.ts";
import { environmentFailure, type Failure, type Problem, userFailure } from "../model/failure.ts";
import type { Profile, Service } from "../model/profile.ts";
import { isBelow, isOfDaemon, isShareable } from "../provider/vm/shared-folders.ts";
import { upCommand } from "./up-command.ts";

/** How artifacts reach the containers of a daemon: as the profile says, else by the mount, which is the faster, where it can be. */
export const deliveryOn = ({ mountsHostFolders }: Endpoint, wanted: Delivery | undefined): Delivery =>
  wanted ?? (mountsHostFolders ? "mount" : "push");

/**
 * @throws Failure (environment) where the profile insists on the mount, for a daemon that sees other files than this
 * machine: Docker would mount an empty folder there without a word, and every service would end with "no such file".
 */
export function expectMountable({ address, mountsHostFolders }: Endpoint, wanted: Delivery | undefined): void {
  if (mountsHostFolders || wanted !== "mount") return;
  throw environmentFailure(`the Docker daemon at ${dockerHost(address)} cannot mount folders of this machine`, {
    hint: "The profile says `delivery: mount`: with `delivery: auto` or `push`, devenv sends binaries through the daemon instead.",
  });
}

/**
 * @throws Failure (exit code 2) naming the host folders that services mount, for a daemon that has other files: it would
 * mount what it has under that path, or an empty folder.
 */
export function expectSources(endpoint: Endpoint, services: readonly Service[]): void {
  const { address, mountsHostFolders, machine } = endpoint;
  const failure = machine === undefined ? undefined : notShared(machine, services);
  if (failure !== undefined) throw failure;
  const problems = mountsHostFolders ? [] : mountsOf(services).map(problemOf);
  if (problems.length === 0) return;
  throw cannotMount(problems, `the Docker daemon at ${dockerHost(address)} cannot mount folders of this machine`, [
    "Use a named volume; for files, `configs` or the repository's container/etc, which devenv sends; or a daemon of this machine.",
  ]);
}

/** What a virtual machine is not handed is not there; Docker's socket, say, is its own. */
function notShared({ cluster, folders }: EndpointMachine, services: readonly Service[]): Failure | undefined {
  const isThere = ({ source }: Mounted) => isOfDaemon(source) || folders.some((folder) => isBelow(source, folder));
  const absent = mountsOf(services).filter((mounted) => !isThere(mounted));
  if (absent.length === 0) return undefined;
  const hasLater = absent.some(({ source }) => isShareable(source));
  const hasNever = absent.some(({ source }) => !isShareable(source));
  return cannotMount(absent.map(problemOf), `the virtual machine of ${cluster} does not share that with this machine`, [
    ...(hasLater ? [`\`devenv vm suspend ${cluster}\`, then \`devenv up\`, has it share what is new.`] : []),
    ...(hasNever ? ["What it has of its own (/etc, /usr) cannot be shared: mount a folder below your home."] : []),
  ]);
}

interface Mounted {
  readonly service: string;
  readonly source: string;
  readonly target: string;
}

const mountsOf = (services: readonly Service[]): readonly Mounted[] =>
  services.flatMap(({ name: service, volumes }) =>
    volumes.flatMap((mount) =>
      mount.kind === "bind" ? [{ service, source: mount.source, target: mount.target }] : [],
    ),
  );

const problemOf = ({ service, source, target }: Mounted): Problem => ({
  message: `${service} mounts ${source} as ${target}`,
});

function cannotMount(problems: readonly Problem[], why: string, hints: readonly string[]): Failure {
  const [first] = problems;
  return userFailure(problems.length === 1 ? `${first?.message}, but ${why}` : why, {
    problems: problems.length === 1 ? [] : problems,
    hint: hints.join("\n"),
  });
}

/** @throws Failure where containers have what `push` brought, and the profile was edited to have the mount since. */
export function expectSameDelivery(
  profile: Profile,
  { volume }: Pick<Mount, "volume">,
  helpers: readonly unknown[] = [],
): void {
  if (helpers.length === 0 || volume !== undefined) return;
  throw userFailure(
    `the containers of ${profile.name} have what \`delivery: push\` brought, and the profile no longer says so`,
    {
      hint: `\`${upCommand(profile)}\` brings them to what it says.`,
      exitCode: 1,
    },
  );
}

/**
 * @throws Failure (environment) for a daemon from whose containers no socket of this machine is reached. Docker Desktop and
 * other VMs would need a way over an address of theirs (host.docker.internal), which devenv does not have.
 */
export function expectLeadable({ address, sharesSockets }: Endpoint, services: readonly string[]): void {
  if (sharesSockets || services.length === 0) return;
  const names = services.join(", ");
  throw environmentFailure(
    `${names}: the modes host and remote need a Docker daemon on this machine itself, and the one at ${dockerHost(address)} runs elsewhere or in a VM`,
    {
      hint: `Use a daemon of this Linux machine, or take the mode back: \`devenv use --clear ${services.join(" ")}\`.`,
    },
  );
}
