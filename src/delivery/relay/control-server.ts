import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { asFailure } from "../../model/failure.ts";
import type { RelayState } from "../../model/relay.ts";
import { controlSocket, type Lead } from "./control.ts";
import type { Relay } from "./relay.ts";
import { socketFile } from "./socket-file.ts";

/** What a relay answers to those who have its control socket, which is this person alone. */
export interface ControlServer {
  /** Resolves when somebody has asked it to end. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Listens for orders to a relay: GET what it does, PUT what to lead, DELETE to end it. */
export async function openControl(clusterFolder: string, relay: Relay): Promise<ControlServer> {
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
      await new Promise((resolve) => server.close(resolve));
      file.close();
    },
  };
}
