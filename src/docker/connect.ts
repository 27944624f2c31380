import type { Address } from "../model/endpoint.ts";
import { openClient } from "./client.ts";
import { containerCalls } from "./containers.ts";
import type { Daemon } from "./daemon.ts";
import { eventCalls } from "./events.ts";
import { execCalls } from "./exec.ts";
import { imageArchiveCalls } from "./image-archive.ts";
import { buildCalls } from "./image-build.ts";
import { imageCalls } from "./images.ts";
import { infoCalls } from "./info.ts";
import { objectCalls } from "./objects.ts";
import { observeCalls } from "./observe.ts";
import { outputCalls } from "./output.ts";
import { statsCalls } from "./stats.ts";

/**
 * The daemon at an address. Opens nothing yet: the first call connects and agrees on the API version, and fails with a
 * Failure of class `environment` when no daemon answers there. Nothing is read from the environment.
 */
export function connect(address: Address): Daemon {
  const client = openClient(address);
  return {
    ...infoCalls(client),
    ...observeCalls(client),
    ...containerCalls(client),
    ...objectCalls(client),
    ...statsCalls(client),
    ...outputCalls(client),
    ...execCalls(client),
    ...eventCalls(client),
    ...imageCalls(client),
    ...imageArchiveCalls(client),
    ...buildCalls(client),
    close: () => client.close(),
  };
}
