import { expectApi, needsOfEndpoint, needsOfNetwork } from "./api-needs.ts";
import { apiOf, type Client } from "./client.ts";
import type { Daemon } from "./daemon.ts";
import { statusOf, wordsOf } from "./errors.ts";
import { endpointBody, networkBody } from "./network-body.ts";
import { refuseForeign } from "./ours.ts";

type ObjectCalls = Pick<
  Daemon,
  | "createNetwork"
  | "createVolume"
  | "removeNetwork"
  | "removeVolume"
  | "connectNetwork"
  | "disconnectNetwork"
  | "networkExists"
  | "volumeExists"
>;

/** The networks and volumes of a cluster. */
export function objectCalls(client: Client): ObjectCalls {
  return {
    ...networkCalls(client),
    createVolume: (name, { driver, driverOptions }, labels) =>
      client.call(`create volume ${name}`, async (docker) => {
        const how = { ...(driver !== undefined && { Driver: driver }), DriverOpts: { ...driverOptions } };
        await docker.createVolume({ Name: name, ...how, Labels: { ...labels } });
        // The daemon gives an existing volume of that name as if it were made now: somebody's data, maybe.
        refuseForeign(`volume ${name}`, (await docker.getVolume(name).inspect()).Labels);
      }),
    removeVolume: (name) =>
      client.call(`remove volume ${name}`, (docker) =>
        unlessGone(async () => {
          refuseForeign(`volume ${name}`, (await docker.getVolume(name).inspect()).Labels);
          await docker.getVolume(name).remove();
        }),
      ),
    volumeExists: (name) =>
      client.call(`look for volume ${name}`, (docker) => isThere(docker.getVolume(name).inspect())),
  };
}

function networkCalls(
  client: Client,
): Pick<ObjectCalls, "createNetwork" | "removeNetwork" | "connectNetwork" | "disconnectNetwork" | "networkExists"> {
  return {
    createNetwork: (name, network, labels) =>
      client.call(`create network ${name}`, async (docker) => {
        expectApi(needsOfNetwork(network), apiOf(docker));
        await docker.createNetwork(networkBody(name, network, labels));
      }),
    connectNetwork: (container, endpoint) =>
      client.call(`connect container ${container} to network ${endpoint.network}`, async (docker) => {
        expectApi(needsOfEndpoint(endpoint), apiOf(docker));
        const body = { Container: container, EndpointConfig: endpointBody(endpoint) };
        await docker.getNetwork(endpoint.network).connect(body);
      }),
    disconnectNetwork: (container, network) =>
      client.call(`disconnect container ${container} from network ${network}`, async (docker) => {
        try {
          await docker.getNetwork(network).disconnect({ Container: container, Force: true });
        } catch (thrown) {
          if (!/is not connected to/.test(wordsOf(thrown))) throw thrown;
        }
      }),
    removeNetwork: (name) =>
      client.call(`remove network ${name}`, (docker) =>
        unlessGone(async () => {
          const info = (await docker.getNetwork(name).inspect()) as Labelled & { Id: string };
          refuseForeign(`network ${name}`, info.Labels);
          await docker.getNetwork(info.Id).remove();
        }),
      ),
    networkExists: (name) =>
      client.call(`look for network ${name}`, (docker) => isThere(docker.getNetwork(name).inspect())),
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

async function isThere(inspection: Promise<unknown>): Promise<boolean> {
  try {
    await inspection;
    return true;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false;
    throw thrown;
  }
}
