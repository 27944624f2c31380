import { dockerHost, type Endpoint } from "../model/endpoint.ts";
import { environmentFailure } from "../model/failure.ts";

/**
 * @throws Failure (environment) for a daemon that sees other files than this machine: Docker would mount an empty folder
 * there without a word, and every service would end with "no such file".
 */
export function expectMountable({ address, mountsHostFolders }: Endpoint): void {
  if (mountsHostFolders) return;
  throw environmentFailure(`the Docker daemon at ${dockerHost(address)} cannot mount folders of this machine`, {
    hint: "devenv brings binaries into containers by such a mount. Use a daemon of this machine: unset DOCKER_HOST, or write `provider: engine` (Linux) in the profile.",
  });
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
