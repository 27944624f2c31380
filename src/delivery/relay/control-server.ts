import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { setDefaultAutoSelectFamilyAttemptTimeout } from "node:net";
import { json } from "node:stream/consumers";
import { socketFile } from "../../host/socket-file.ts";
import { asFailure } from "../../model/failure.ts";
import type { RelayRoute, RelayState } from "../../model/relay.ts";
import { controlSocket, type Lead } from "./control.ts";
import { Relay } from "./relay.ts";
import { placeOf } from "./trouble.ts";

/** A relay that takes orders at its control socket, which is this person's alone. */
export interface OpenRelay {
  /** Resolves when somebody has asked it to end. */
  readonly ended: Promise<void>;
  /** Ends every connection and takes the sockets away. */
  close(): Promise<void>;
}

/**
 * Opens a cluster's relay and listens for orders to it: GET what it does, PUT what to lead, DELETE to end it.
 * @param mount the cluster's mount
 * @param say takes a line for its log
 */
export async function openRelay(clusterFolder: string, mount: string, say: (line: string) => void): Promise<OpenRelay> {
  const relay = new Relay(mount);
  // Of a name with several addresses each gets that long: Node's 250 ms is short for a way through a VPN.
  setDefaultAutoSelectFamilyAttemptTimeout(2500);
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let authorities: string | undefined;
  const obey = async (request: IncomingMessage): Promise<RelayState | undefined> => {
    if (request.method === "PUT") {
      const lead = (await json(request)) as Lead;
      await relay.lead(lead.routes, lead.authorities);
      authorities = lead.authorities;
      say(`leads ${lead.routes.map(words).join(", ") || "nothing"}`);
      return undefined;
    }
    if (request.method === "GET") return { pid: process.pid, authorities, routes: await relay.state() };
    return undefined;
  };
  const server = createServer((request, response) => {
    obey(request).then(
      (state) => {
        response.end(JSON.stringify(state ?? {}));
        if (request.method === "DELETE") end();
      },
      (thrown: unknown) => response.writeHead(500).end(asFailure(thrown).message),
    );
  });
  const path = controlSocket(clusterFolder);
  await rm(path, { force: true }); // of a relay that was killed; the lock says that it is none that lives
  const file = socketFile(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(file.path, resolve);
  });
  await chmod(path, 0o600);
  return {
    ended,
    close: async () => {
      await relay.close();
      await new Promise((resolve) => server.close(resolve));
      file.close();
    },
  };
}

const words = ({ service, port, target }: RelayRoute): string => `${service}:${port} to ${placeOf(target)}`;
