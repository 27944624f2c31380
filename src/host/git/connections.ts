import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Processes } from "../process.ts";

/** How a remote is reached, as far as its address tells: decides how many are asked at once. */
export type Remote = { readonly kind: "ssh" | "network"; readonly host: string } | { readonly kind: "local" };

/** `ssh://you@host:22/path`, `you@host:path`, `https://host/path`, `git://host/path`; everything else is a folder. */
export function remoteOf(url: string): Remote {
  const [, scheme, authority] = /^([a-z+]+):\/\/([^/]*)/i.exec(url) ?? [];
  if (scheme !== undefined && authority !== undefined) {
    if (scheme === "file") return { kind: "local" };
    return { kind: scheme.includes("ssh") ? "ssh" : "network", host: authority };
  }
  const [, host] = /^([^/:]+):(?!\/\/)/.exec(url) ?? [];
  return host === undefined ? { kind: "local" } : { kind: "ssh", host };
}

/** How sshd limits a connection (MaxSessions, 10) and connections that are being opened (MaxStartups, 10). */
const SESSIONS = 8;
const CONNECTIONS = 4;

interface Connection {
  isOpen: boolean;
  sessions: number;
}

interface Host {
  readonly connections: Connection[];
  readonly waiting: (() => void)[];
  /** Resolves with whether the person's own configuration shares connections with it. */
  readonly isShared: Promise<boolean>;
}

/**
 * Connections that repositories on one ssh host share: up to eight sessions each, the first of them alone, because those
 * that come before it is open would each open another (mani#74). They end by themselves soon after the last use, also
 * when devenv is killed.
 */
export class SharedConnections {
  readonly #processes: Processes;
  readonly #folder: string;
  readonly #hosts = new Map<string, Host>();

  private constructor(processes: Processes, folder: string) {
    this.#processes = processes;
    this.#folder = folder;
  }

  static async open(processes: Processes): Promise<SharedConnections> {
    return new SharedConnections(processes, await mkdtemp(join(tmpdir(), "devenv-ssh-")));
  }

  /** Does something in a session with the host, when one can be had; `work` is given what ssh is to be told for it. */
  async use<T>(name: string, work: (sshOptions: readonly string[]) => Promise<T>): Promise<T> {
    const host = this.#hosts.get(name) ?? { connections: [], waiting: [], isShared: this.#sharesByItself(name) };
    this.#hosts.set(name, host);
    // Such a connection may be logged in in a way that cannot be repeated without asking: it is used as it is.
    const isShared = await host.isShared;
    const connection = await free(host, isShared ? 1 : CONNECTIONS);
    const path = join(this.#folder, `${host.connections.indexOf(connection)}-%C`);
    try {
      return await work(isShared ? [] : ["-o ControlMaster=auto", `-o 'ControlPath=${path}'`, "-o ControlPersist=5"]);
    } finally {
      connection.isOpen = true;
      connection.sessions -= 1;
      for (const look of host.waiting.splice(0)) look();
    }
  }

  async #sharesByItself(name: string): Promise<boolean> {
    const host = name.replace(/:\d*$/, "");
    const { code, stdout } = await this.#processes.run("ssh", ["-G", host], { timeoutMs: 1000 });
    return code === 0 && /^controlpath (?!none$)/m.test(stdout);
  }

  /** Ends the connections that are still open. */
  async close(): Promise<void> {
    const sockets = await readdir(this.#folder).catch(() => []);
    await Promise.all(
      sockets.map((name) =>
        this.#processes.run("ssh", ["-S", join(this.#folder, name), "-O", "exit", "any"], { timeoutMs: 3000 }),
      ),
    );
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Takes a session; waits until there is one. */
async function free({ connections, waiting }: Host, limit: number): Promise<Connection> {
  for (;;) {
    const connection = choose(connections, limit);
    if (connection !== undefined) {
      connection.sessions += 1;
      return connection;
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
}

/** An open connection with room, else a new one. A connection that is being opened has room for nobody else. */
function choose(connections: Connection[], limit: number): Connection | undefined {
  const open = connections.find(({ isOpen, sessions }) => (isOpen ? sessions < SESSIONS : sessions === 0));
  if (open !== undefined || connections.length >= limit) return open;
  const connection = { isOpen: false, sessions: 0 };
  connections.push(connection);
  return connection;
}
