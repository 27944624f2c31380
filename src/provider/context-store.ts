import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder, readText, writeAtomic } from "../host/files.ts";
import { type Address, dockerHost, type Tls } from "../model/endpoint.ts";
import { asRecord, type ContextFolders, contextFolders, jsonOf } from "./docker-config.ts";

/**
 * What is written into a context of ours beside its address. Docker's client copies it along with a context
 * (`docker context create mine --from devenv-books`), so a context is ours only under the name that we gave it.
 */
const MARK = { cluster: "dev.devenv.cluster", folder: "dev.devenv.folder" } as const;

/** Whose a context of ours is. */
export interface ContextOwner {
  /** The cluster's name. */
  readonly cluster: string;
  /** The cluster's folder on this machine: two people, or two state folders, may have clusters of one name. */
  readonly folder: string;
}

/** A context that devenv made. */
export interface OwnContext extends ContextOwner {
  readonly name: string;
  /** As DOCKER_HOST has it. */
  readonly host: string;
}

/** The name of a cluster's context: `devenv-books`. */
export const contextName = (cluster: string): string => `devenv-${cluster}`;

/** What is to be found under a name: nothing, a context of somebody else's (or one that cannot be read), one of ours. */
export type FoundContext =
  | { readonly kind: "none" }
  | { readonly kind: "foreign" }
  | { readonly kind: "own"; readonly context: OwnContext };

/**
 * Docker's context store, as its own client keeps it (docker/cli, cli/context/store): `contexts/meta/<SHA-256 of the
 * name>/meta.json` and `contexts/tls/<the same>/docker/`. The client need not be installed.
 * @param configFolder `dockerConfigFolder` of docker-config.ts
 */
export async function findContext(configFolder: string, name: string): Promise<FoundContext> {
  const path = join(contextFolders(configFolder, name).meta, "meta.json");
  const meta = await jsonOf(path);
  if (meta !== undefined) {
    const context = ownContext(meta);
    return context?.name !== name ? { kind: "foreign" } : { kind: "own", context };
  }
  return (await readText(path)) === undefined ? { kind: "none" } : { kind: "foreign" };
}

/** All contexts that devenv made. */
export async function ownContexts(configFolder: string): Promise<OwnContext[]> {
  const folder = join(configFolder, "contexts", "meta");
  const ids = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    ids.map(async (id) => {
      const meta = await jsonOf(join(folder, id, "meta.json")).catch(() => undefined);
      const context = meta === undefined ? undefined : ownContext(meta);
      return context !== undefined && contextFolders(configFolder, context.name).meta === join(folder, id)
        ? [context]
        : [];
    }),
  );
  return found.flat();
}

function ownContext(meta: Record<string, unknown>): OwnContext | undefined {
  const marks = asRecord(meta.Metadata);
  const [cluster, folder] = [marks?.[MARK.cluster], marks?.[MARK.folder]];
  if (typeof cluster !== "string" || typeof folder !== "string" || meta.Name !== contextName(cluster)) return undefined;
  const host = asRecord(asRecord(meta.Endpoints)?.docker)?.Host;
  return { name: contextName(cluster), host: typeof host === "string" ? host : "", cluster, folder };
}

/** What a context of ours is made of. */
export interface NewContext {
  readonly address: Address;
  readonly owner: ContextOwner;
  /** What `docker context ls` shows of it. */
  readonly description: string;
}

/**
 * Writes a cluster's context so that a client which reads meanwhile finds the old one or the new one; rewrites only what differs.
 * To be called where `findContext` found none, or one of ours.
 * @returns whether anything had to be written
 * @throws Failure (environment) where the folder cannot be written
 */
export async function writeContext(
  configFolder: string,
  { address, owner, description }: NewContext,
): Promise<boolean> {
  const name = contextName(owner.cluster);
  const folders = contextFolders(configFolder, name);
  const text = JSON.stringify({
    Name: name,
    Metadata: { Description: description, [MARK.cluster]: owner.cluster, [MARK.folder]: owner.folder },
    Endpoints: { docker: { Host: dockerHost(address), SkipTLSVerify: false } },
  });
  const tls = address.kind === "tcp" ? address.tls : undefined;
  // The modes are the client's own: its folder is this person's, a context's address is no secret, its key is.
  await ensureFolder(configFolder, 0o700);
  const isNewTls = tls !== undefined && (await writeTls(folders, tls));
  await ensureFolder(folders.meta, 0o755);
  const isNew = await writeIfDifferent(join(folders.meta, "meta.json"), text, 0o644);
  if (tls === undefined) await rm(folders.tls, { recursive: true, force: true });
  return isNew || isNewTls;
}

async function writeTls({ dockerTls }: ContextFolders, { ca, cert, key }: Tls): Promise<boolean> {
  await ensureFolder(dockerTls, 0o700);
  const files = { "ca.pem": ca, "cert.pem": cert, "key.pem": key };
  const written = await Promise.all(
    Object.entries(files).map(([file, text]) => writeIfDifferent(join(dockerTls, file), text, 0o600)),
  );
  return written.includes(true);
}

/** Not waited for the disk: what a power cut takes, the next `devenv up` writes again. */
async function writeIfDifferent(path: string, text: string, mode: number): Promise<boolean> {
  if ((await readText(path)) === text) return false;
  await writeAtomic(path, text, mode, { sync: false });
  return true;
}

/** Removes a context; to be called for one of ours. One that is gone already is removed. */
export async function removeContext(configFolder: string, name: string): Promise<void> {
  const { meta, tls } = contextFolders(configFolder, name);
  await rm(meta, { recursive: true, force: true });
  await rm(tls, { recursive: true, force: true });
}
