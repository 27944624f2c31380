import { createReadStream } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Readable } from "node:stream";
import type { BuildName } from "../model/artifact.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import { artifactDigest, type ServiceName, serviceName } from "../model/names.ts";
import { parseManifest } from "./manifest.ts";
import type { Manifest, ManifestArtifact, ManifestService } from "./manifest-checks.ts";
import type { ContentOffer, Offer, ServiceOffers, Source } from "./source.ts";

/**
 * CI's builds in a folder of this machine (`file:./ci`): `<folder>/manifest.json` names the newest artifacts of every
 * service, by paths relative to the folder.
 */
export function fileSource(folder: string): Source {
  return {
    async latest() {
      const file = join(folder, "manifest.json");
      const manifest = parseManifest(await readManifest(file), file);
      return offersOf(folder, manifest);
    },
  };
}

async function readManifest(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw environmentFailure(`CI's builds cannot be read: ${reason(cause)} ${file}`, {
      hint: "let CI build once (the demo's: scripts/demo), or correct x-devenv.artifacts.source in the profile",
      cause,
    });
  }
}

function offersOf(folder: string, manifest: Manifest): ReadonlyMap<ServiceName, ServiceOffers> {
  const offers = new Map<ServiceName, ServiceOffers>();
  for (const [name, entry] of Object.entries(manifest.services)) {
    const service = serviceName(name);
    offers.set(service, {
      service,
      artifacts: entry.artifacts.map((artifact) => offerOf(folder, manifest, entry, artifact)),
      config: entry.config && contentOf(folder, entry.config),
      setup: entry.setup && contentOf(folder, entry.setup),
    });
  }
  return offers;
}

const contentOf = (folder: string, { path, sha256, size }: NonNullable<ManifestService["config"]>): ContentOffer => ({
  digest: artifactDigest(sha256),
  size,
  open: () => openInside(folder, path),
});

function offerOf(folder: string, manifest: Manifest, entry: ManifestService, artifact: ManifestArtifact): Offer {
  return {
    artifact: {
      digest: artifactDigest(artifact.sha256),
      kind: artifact.kind,
      build: buildOf(manifest, entry, artifact.path),
      commit: entry.commit,
    },
    platform: artifact.os === "any" ? undefined : { os: artifact.os, arch: artifact.arch },
    size: artifact.size,
    open: () => openInside(folder, artifact.path),
  };
}

/**
 * The build that made an artifact, which is not the manifest's when CI builds only what changed: the entry's own
 * `build`, else the number in `builds/<number>/…`, else the manifest's.
 */
function buildOf(manifest: Manifest, entry: ManifestService, path: string): BuildName {
  const fromPath = /(?:^|\/)builds\/(\d+)\//.exec(path)?.[1];
  return `ci:${entry.build ?? fromPath ?? manifest.build}`;
}

/** Opens a file of the folder, wherever its symlinks lead, as long as that is inside the folder. */
async function openInside(folder: string, path: string): Promise<Readable> {
  const named = join(folder, path);
  try {
    const [root, file] = await Promise.all([realpath(folder), realpath(named)]);
    if (!file.startsWith(root + sep)) throw leadsOut(named, root);
    return await opened(createReadStream(file));
  } catch (cause) {
    throw isErrno(cause) ? unreadable(named, cause) : cause;
  }
}

function opened(stream: Readable): Promise<Readable> {
  return new Promise((resolve, reject) => {
    stream.once("open", () => resolve(stream));
    stream.once("error", reject);
  });
}

const leadsOut = (named: string, root: string): Failure =>
  environmentFailure(`an artifact of CI lies outside its folder: ${named}`, {
    hint: `a symbolic link leads out of ${root}; let CI copy the file there instead`,
  });

const unreadable = (named: string, cause: unknown): Failure =>
  environmentFailure(`an artifact that CI's manifest names cannot be read: ${reason(cause)} ${named}`, {
    hint: "let CI build again: the manifest and the files beside it do not belong together",
    cause,
  });

const isErrno = (thrown: unknown): thrown is NodeJS.ErrnoException => thrown instanceof Error && "errno" in thrown;

function reason(cause: unknown): string {
  const code = isErrno(cause) ? cause.code : undefined;
  if (code === "ENOENT") return "there is no";
  if (code === "EACCES") return "no permission to read";
  return `${code ?? String(cause)} at`;
}
