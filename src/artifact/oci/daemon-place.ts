import type { Artifacts } from "../../model/artifact-source.ts";
import { userFailure } from "../../model/failure.ts";
import type { Opened } from "../source.ts";
import type { DaemonImages, DockerAccess } from "../source-access.ts";
import { type ImagePath, openInImage } from "./image-content.ts";
import { followed, MAX_LINKS, normalized } from "./image-path.ts";
import type { ImagePlace } from "./image-place.ts";
import { readLayer } from "./layer-index.ts";
import { fromLabels } from "./manifest.ts";
import { printReference } from "./reference.ts";

/**
 * The images that the cluster's daemon has already (`from: daemon`), as `docker build` or `docker load` left them. No
 * registry is asked, and nothing is pulled.
 */
export function daemonPlace({ where }: Pick<Artifacts, "where">, docker: DockerAccess): ImagePlace {
  let opened: Promise<DaemonImages> | undefined;
  const images = () => {
    opened ??= docker.images();
    return opened;
  };
  return {
    async find(reference) {
      const daemon = await images();
      const found = await daemon.find(printReference(reference));
      if (found === undefined) return undefined;
      return {
        ...fromLabels(found.labels),
        from: `${printReference(reference)} of the daemon`,
        digest: found.id,
        variants: [{ platform: found.platform, digest: found.id }],
        open: (id, path, signal) => openIn(daemon, id, path, signal),
      };
    },
    async tags({ repository }) {
      throw userFailure(`which build of ${repository} is the newest one, a daemon does not say`, {
        hint: "write a tag in the place of {build}, or leave out `from: daemon`",
        where,
      });
    },
    seen: async () => [],
  };
}

/** The daemon's archives follow every link but the last one. */
async function openIn(
  images: DaemonImages,
  id: string,
  wanted: ImagePath,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  let path = normalized(wanted.path);
  for (let links = 0; links < MAX_LINKS; links++) {
    const archive = await images.archive(id, `/${path}`, signal);
    if (archive === undefined) return openInImage({ count: 0, tar: nothing }, { ...wanted, path });
    const to = await linkIn(archive, wanted.from);
    if (to === undefined) break;
    path = followed(path, to);
  }
  const under = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
  const tar = async function* () {
    yield* (await images.archive(id, `/${path}`, signal)) ?? nothing();
  };
  return openInImage({ count: 1, under, tar }, { ...wanted, path });
}

async function* nothing(): AsyncGenerator<Buffer> {}

/** Where the first entry leads, if it is a link; the rest is not asked for. */
async function linkIn(tar: AsyncIterable<Buffer>, from: string): Promise<string | undefined> {
  let to: string | undefined;
  const entries = readLayer(tar, from, (entry, number) => {
    if (number === 0 && entry.type === "SymbolicLink") to = entry.linkpath;
    return { before: SEEN };
  });
  for await (const _ of entries) break;
  return to;
}

const SEEN = Buffer.alloc(1);
