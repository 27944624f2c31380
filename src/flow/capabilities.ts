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
