import type { Client } from "./client.ts";
import type { Daemon } from "./daemon.ts";
import { statusOf } from "./errors.ts";
import { refuseForeign } from "./ours.ts";

/** The networks and volumes of a cluster. */
export function objectCalls(
  client: Client,
): Pick<Daemon, "createNetwork" | "createVolume" | "removeNetwork" | "removeVolume"> {
  return {
    createNetwork: (name, labels) =>
      client.call(`create network ${name}`, async (docker) => {
        // Before API 1.44 two networks may have one name unless asked not to.
        await docker.createNetwork({ Name: name, Driver: "bridge", CheckDuplicate: true, Labels: { ...labels } });
      }),
    createVolume: (name, labels) =>
      client.call(`create volume ${name}`, async (docker) => {
        await docker.createVolume({ Name: name, Labels: { ...labels } });
        // The daemon gives an existing volume of that name as if it were made now: somebody's data, maybe.
        refuseForeign(`volume ${name}`, (await docker.getVolume(name).inspect()).Labels);
      }),
    removeNetwork: (name) =>
      client.call(`remove network ${name}`, (docker) =>
        unlessGone(async () => {
          const info = (await docker.getNetwork(name).inspect()) as Labelled & { Id: string };
          refuseForeign(`network ${name}`, info.Labels);
          await docker.getNetwork(info.Id).remove();
        }),
      ),
    removeVolume: (name) =>
      client.call(`remove volume ${name}`, (docker) =>
        unlessGone(async () => {
          refuseForeign(`volume ${name}`, (await docker.getVolume(name).inspect()).Labels);
          await docker.getVolume(name).remove();
        }),
      ),
  };
}

interface Labelled {
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** "Already gone" is success. */
async function unlessGone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown;
  }
}
