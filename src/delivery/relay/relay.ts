import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join as joinPath } from "node:path";
import { createSecureContext } from "node:tls";
import { ensureFolder } from "../../host/files.ts";
import { type SocketFile, socketFile } from "../../host/socket-file.ts";
import type { RelayRoute, RouteState } from "../../model/relay.ts";
import { reach } from "./dial.ts";
import { trouble } from "./trouble.ts";
import { trustedAuthorities } from "./trust.ts";
import type { Way } from "./way.ts";
import { type WayContext, wayOf } from "./ways.ts";

/** One port of a forwarder, listened to on a socket file of the mount. */
interface Listener {
  readonly server: Server;
  readonly file: SocketFile;
  readonly clients: Set<Socket>;
  route: RelayRoute;
  way: Way;
}

/** How long a target may take to be called reachable; a screen waits for it. */
const CHECK_MS = 1500;

/** How long the word of a check counts. What is elsewhere is not asked at every look of a screen. */
const FRESH_MS = { here: 500, elsewhere: 10_000 };

/** Some hundred certificates are read only where one may be asked for: 100 ms. */
async function contextFor(routes: readonly RelayRoute[], authoritiesFile: string | undefined): Promise<WayContext> {
  const isSecure = ({ target }: RelayRoute) => target.kind === "tls" || target.kind === "http";
  const authorities = routes.some(isSecure) ? await trustedAuthorities(authoritiesFile) : [];
  return { authorities, trust: createSecureContext({ ca: authorities }) };
}

const keyOf = ({ service, port }: RelayRoute): string => `${service}-${port}`;

/** Leads the connections of a cluster's forwarders to where the modes say. Never two at a time change what it leads. */
export class Relay {
  readonly #folder: string;
  readonly #listeners = new Map<string, Listener>();
  readonly #checks = new Map<string, { readonly atMs: number; readonly problem: Promise<string | undefined> }>();
  #context: WayContext = { trust: createSecureContext(), authorities: [] };
  #work: Promise<void> = Promise.resolve();

  /** @param mount the cluster's mount: its sockets are in a folder there, where the forwarders find them */
  constructor(mount: string) {
    this.#folder = joinPath(mount, "relay");
  }

  /** Leads these and no others. Connections of a route that now leads elsewhere are ended, so that they come anew. */
  lead(routes: readonly RelayRoute[], authoritiesFile: string | undefined): Promise<void> {
    const work = this.#work.then(() => this.#lead(routes, authoritiesFile));
    this.#work = work.catch(() => undefined);
    return work;
  }

  async #lead(routes: readonly RelayRoute[], authoritiesFile: string | undefined): Promise<void> {
    await ensureFolder(this.#folder);
    this.#context = await contextFor(routes, authoritiesFile);
    this.#checks.clear();
    const wanted = new Map(routes.map((route) => [keyOf(route), route]));
    for (const [key, listener] of this.#listeners) if (!wanted.has(key)) await this.#end(key, listener);
    for (const [key, route] of wanted) {
      const listener = this.#listeners.get(key);
      if (listener === undefined) this.#listeners.set(key, await this.#listen(route));
      else this.#turn(listener, route);
    }
  }

  #turn(listener: Listener, route: RelayRoute): void {
    listener.way.close();
    listener.way = wayOf(route, this.#context);
    const isSame = JSON.stringify(listener.route) === JSON.stringify(route);
    listener.route = route;
    if (!isSame) for (const client of listener.clients) client.destroy();
  }

  async #listen(route: RelayRoute): Promise<Listener> {
    const path = joinPath(this.#folder, keyOf(route));
    await rm(path, { force: true }); // of a relay that was killed
    const clients = new Set<Socket>();
    const file = socketFile(path);
    const server = createServer({ allowHalfOpen: true }, (client) => {
      clients.add(client);
      client.on("error", () => {}); // whatever takes it sees its close
      client.on("close", () => clients.delete(client));
      listener.way.take(client);
    });
    const listener: Listener = { server, file, clients, route, way: wayOf(route, this.#context) };
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path: file.path, backlog: 4096 }, resolve);
    });
    await chmod(path, 0o600);
    return listener;
  }

  async #end(key: string, { server, file, clients, way }: Listener): Promise<void> {
    this.#listeners.delete(key);
    const closed = new Promise((resolve) => server.close(resolve));
    for (const client of clients) client.destroy();
    way.close();
    await closed;
    file.close();
  }

  /** Every route, with why its target cannot be reached at this moment. */
  state(): Promise<RouteState[]> {
    const routes = [...this.#listeners.values()].map(({ route }) => route);
    return Promise.all(routes.map(async (route) => ({ route, problem: await this.#check(route) })));
  }

  #check(route: RelayRoute): Promise<string | undefined> {
    const { target } = route;
    const key = JSON.stringify(target);
    const last = this.#checks.get(key);
    const now = performance.now();
    const isHere = target.kind === "tcp" && target.host === "127.0.0.1";
    if (last !== undefined && now - last.atMs < (isHere ? FRESH_MS.here : FRESH_MS.elsewhere)) return last.problem;
    const problem = reach(target, this.#context.trust, CHECK_MS).then((error) => error && trouble(target, error));
    this.#checks.set(key, { atMs: now, problem });
    return problem;
  }

  /** Ends every connection and takes the sockets away. */
  close(): Promise<void> {
    return this.lead([], undefined);
  }
}
