import type { ContainerSpec } from "../model/container.ts";
import { userFailure } from "../model/failure.ts";
import type { Operation } from "../model/operation.ts";
import type { Service } from "../model/profile.ts";
import type { ProvidedFile } from "../model/provided.ts";

/**
 * Folders that must be anonymous volumes for files to be put into a container before it starts: the daemon refuses to
 * write into a read-only root, and what it writes below a tmpfs is hidden as soon as that is mounted.
 * @throws Failure for a file right in the root of a read-only container, where no volume can be.
 */
export function providedVolumes(service: Service): string[] {
  const folders = service.provided.filter((file) => needsVolume(file, service)).map((file) => folderOf(file, service));
  return [...new Set(folders)];
}

function needsVolume({ target }: ProvidedFile, { settings, tmpfs, volumes }: Service): boolean {
  const within = (folder: string) => target.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
  const mounted = volumes.filter(({ target: folder }) => within(folder));
  if (mounted.some(({ kind, readOnly }) => kind === "volume" && !readOnly)) return false;
  const isHidden = Object.keys(tmpfs).some(within) || mounted.some(({ kind }) => kind === "tmpfs");
  return settings.readOnly === true || isHidden;
}

function folderOf({ kind, name, target }: ProvidedFile, { name: service }: Service): string {
  const folder = target.slice(0, target.lastIndexOf("/"));
  if (folder !== "") return folder;
  throw userFailure(`${kind} ${name} cannot be put at ${target} of ${service}, whose file system is read-only`, {
    hint: `Give it a target in a folder: \`${kind}s: [{ source: ${name}, target: /etc/${service}${target} }]\`.`,
  });
}

/** Puts a service's files into a container that was just created; nothing where it has none. */
export function provide(service: Service, container: string, { mounts }: ContainerSpec): Operation[] {
  const files = service.provided.map(({ source: _, ...place }) => place);
  if (files.length === 0) return [];
  const holds = (folder: string) => files.some(({ target }) => target.startsWith(`${folder}/`));
  const volumes = mounts.flatMap(({ kind, target, readOnly }) =>
    kind === "volume" && !readOnly && holds(target) ? target : [],
  );
  // The innermost first: it is the one that a file lies in.
  return [{ kind: "provide", container, service: service.name, files, volumes: volumes.sort(byLength) }];
}

const byLength = (a: string, b: string): number => b.length - a.length;
