import type { Client } from "./client.ts";
import type { Daemon } from "./daemon.ts";

/** What the daemon is. */
export function infoCalls(client: Client): Pick<Daemon, "info" | "ping"> {
  return {
    ping: () => client.call("reach the Docker daemon", async (docker) => void (await docker.ping())),
    info: () =>
      client.call("ask the daemon what it is", async (docker) => {
        // Only the first gives the platform in Go's words, only the second the system's name.
        const [version, info] = await Promise.all([docker.version(), docker.info()]);
        return {
          version: version.Version,
          apiVersion: version.ApiVersion,
          platform: { os: version.Os, arch: version.Arch },
          operatingSystem: info.OperatingSystem as string,
        };
      }),
  };
}
