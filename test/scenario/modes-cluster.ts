import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { join } from "node:path";
import { inject } from "vitest";
import { isAlive } from "../../src/host/liveness.ts";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { freePort } from "../harness/free-port.ts";
import { makeWorkspace, type ServiceRecipe, type TestWorkspace } from "../harness/workspace.ts";

/** A running cluster, and somebody inside it who asks its services by their names. */
export interface ModesCluster extends TestWorkspace {
  readonly view: ClusterView;
  /** Where the published port of the service `search` appears on this machine. */
  readonly port: number;
  /** What a container of the cluster gets at a URL, or why it gets nothing. */
  askInside(url: string): Promise<string>;
  /** Who and since when every container is, but for these services'. */
  others(...services: string[]): Promise<Record<string, string>>;
  /** The process of the cluster's relay; undefined when there is none that lives. */
  relayPid(): Promise<number | undefined>;
}

const ASKER: ServiceRecipe = { name: "asker", ci: "speaks", devenv: "      artifact: file" };

/** `search` with a published port, `gateway` that depends on it, `reviews`, and the one who asks. */
export async function modesCluster(): Promise<ModesCluster> {
  const port = await freePort();
  const workspace = await makeWorkspace(
    [
      { name: "search", yaml: `    ports: ["${port}:8080"]` },
      { name: "gateway", yaml: "    depends_on: { search: { condition: service_healthy } }" },
      { name: "reviews" },
      ASKER,
    ],
    `unix://${inject("dockerSocket")}`,
  );
  const view = viewOf(workspace);
  await view.editProfile("command: [/devenv/bin/asker]", "command: [/devenv/bin/asker, waits]");
  const up = await workspace.run("up");
  if (up.code !== 0) throw new Error(`the cluster does not come up:\n${up.output}`);
  const lock = join(workspace.folder, ".xdg/state/devenv/clusters", workspace.cluster, "locks/_relay/lock");
  return {
    ...workspace,
    view,
    port,
    async askInside(url) {
      const { output } = await workspace.run("exec", "asker", "/devenv/bin/asker", "get", url);
      return output.trim();
    },
    async others(...services) {
      const all = Object.entries(await view.identities());
      return Object.fromEntries(
        all.filter(([name]) => !services.some((one) => name === `${workspace.cluster}-${one}-1`)),
      );
    },
    async relayPid() {
      const text = await readFile(lock, "utf8").catch(() => undefined);
      const { pid } = text === undefined ? { pid: 0 } : (JSON.parse(text) as { pid: number });
      return isAlive(pid) ? pid : undefined;
    },
  };
}

/** A program on this machine that answers every request with its words, `ok` on /healthz. */
export interface Program {
  readonly port: number;
  close(): Promise<void>;
}

export function answering(words: string): Promise<Program> {
  return started(createServer((asked, answer) => answer.end(asked.url === "/healthz" ? "ok" : words)));
}

/** One that sends back what it is sent, each half on its own. */
export const echoing = (): Promise<Program> =>
  started(createTcpServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket)));

export async function started(server: Server | TcpServer): Promise<Program> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, close };
}
