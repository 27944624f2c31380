import { existsSync, statSync } from "node:fs";
import { isFolder, nearestFolder } from "../host/files.ts";
import { lockHolder } from "../host/lock.ts";
import { dockerHost } from "../model/endpoint.ts";
import { asFailure, type Failure } from "../model/failure.ts";
import { clusterName } from "../model/names.ts";
import {
  contextName,
  findContext,
  type OwnContext,
  ownContexts,
  removeContext,
  writeContext,
} from "../provider/context-store.ts";
import { currentContext, dockerConfigFolder } from "../provider/docker-config.ts";
import { type Cluster, clusterLock } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** What became of a cluster's Docker context. */
export interface Pointed {
  /** Its name, where it is there and leads to the cluster's daemon. */
  readonly context: string | undefined;
  /** It was not there before, or led elsewhere. */
  readonly isNew: boolean;
  /** Why there is none, in words for a person. */
  readonly notes: readonly string[];
}

type Pointing = Pick<Cluster, "name" | "endpoint" | "folder" | "daemon">;

/**
 * Has a Docker context `devenv-<cluster>` lead to the cluster's daemon, for the docker CLI and for editors, and removes
 * those of ours whose clusters are gone. A context that somebody else made under that name stays as it is, the current
 * context is left alone, and where nothing can be written that is no more than a note.
 */
export async function pointDocker(cluster: Pointing, machine: Machine): Promise<Pointed> {
  const name = contextName(cluster.name);
  const without = (note: string): Pointed => ({ context: undefined, isNew: false, notes: [note] });
  const configFolder = dockerConfigFolder(machine);
  try {
    if ((await findContext(configFolder, name)).kind === "foreign") {
      return without(`Docker has a context ${name} that devenv did not make: it is left as it is`);
    }
    const owner = await otherOwner(configFolder, machine);
    if (owner !== undefined) {
      return without(`no Docker context ${name}: ${configFolder} belongs to somebody else (user ${owner})`);
    }
    const { provider, address } = cluster.endpoint;
    const isNew = await writeContext(configFolder, {
      address,
      owner: { cluster: cluster.name, folder: cluster.folder },
      description: `devenv cluster ${cluster.name} (${provider})`,
    });
    await removeGone(configFolder, cluster, machine);
    return { context: name, isNew, notes: [] };
  } catch (thrown) {
    return without(`no Docker context ${name}: ${expected(thrown).message}`);
  }
}

/**
 * Removes the cluster's Docker context, and those of ours whose clusters are gone.
 * @returns what a person should know: that it is the current one and so was left, or could not be removed
 */
export async function unpointDocker(cluster: Pointing, machine: Machine): Promise<readonly string[]> {
  const name = contextName(cluster.name);
  const configFolder = dockerConfigFolder(machine);
  try {
    await removeGone(configFolder, cluster, machine);
    const found = await findContext(configFolder, name);
    // One of another daemon is of another cluster with the same name, which is still up.
    if (found.kind !== "own" || found.context.host !== dockerHost(cluster.endpoint.address)) return [];
    if ((await currentContext(machine.environment, configFolder)) === name) {
      return [
        `${name} is Docker's current context and so is left; \`docker context use default\`, then \`docker context rm ${name}\``,
      ];
    }
    await removeContext(configFolder, name);
    return [];
  } catch (thrown) {
    return [`Docker's context ${name} is still there: ${expected(thrown).message}`];
  }
}

/** With sudo, and the person's own HOME, root's files would shut the person out of the folder. */
async function otherOwner(configFolder: string, { machine }: Machine): Promise<number | undefined> {
  const { uid } = statSync(await nearestFolder(configFolder));
  return machine.uid === 0 && uid !== 0 ? uid : undefined;
}

async function removeGone(configFolder: string, cluster: Pointing, machine: Machine): Promise<void> {
  const current = await currentContext(machine.environment, configFolder);
  const others = (await ownContexts(configFolder)).filter(({ name }) => name !== contextName(cluster.name));
  for (const context of others) {
    if (context.name !== current && (await isGone(context, cluster))) await removeContext(configFolder, context.name);
  }
}

/** Only what is known to be gone: a daemon that does not answer now may have the cluster when it does again. */
async function isGone({ cluster, folder, host }: OwnContext, { daemon, endpoint }: Pointing): Promise<boolean> {
  if (host === dockerHost(endpoint.address)) {
    const { containers } = await daemon.observe(clusterName(cluster));
    // One that is just being brought up has none yet.
    return containers.length === 0 && (await lockHolder(clusterLock({ folder }))) === undefined;
  }
  const hasSocket = !host.startsWith("unix://") || existsSync(host.slice("unix://".length));
  return !hasSocket && !(await isFolder(folder));
}

/** What the system says (a file that cannot be read, a folder that cannot be made) is expected; a bug is thrown on. */
function expected(thrown: unknown): Failure {
  const failure = asFailure(thrown);
  if (failure.class === "bug" && !(thrown instanceof Error && "code" in thrown)) throw failure;
  return failure;
}
