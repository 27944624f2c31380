import type { Artifacts } from "../../model/artifact-source.ts";
import type { Http } from "../http/http.ts";
import { httpFor, type SourceAccess } from "../source-access.ts";
import { type Blobs, openBlobs } from "./blobs.ts";
import { type Credentials, dockerCredentials } from "./docker-credentials.ts";
import { Images } from "./image.ts";
import { openInImage } from "./image-content.ts";
import type { FoundImage, ImagePlace } from "./image-place.ts";
import { layerTar } from "./layer-file.ts";
import { type ImageReference, printReference } from "./reference.ts";
import { openRegistry, type Registry } from "./registry.ts";

/** What a token server takes as a user beside a token: most take any, and Google's this one. */
const TOKEN_USER = "oauth2accesstoken";

interface Opened {
  readonly registry: Registry;
  readonly images: Images;
}

/** Images in registries, asked with the profile's credentials, else with those that `docker login` keeps. */
export function registryPlace(artifacts: Artifacts, access: SourceAccess): ImagePlace {
  const http = httpFor(artifacts, access);
  const blobs = openBlobs(access.cacheFolder);
  const opened = new Map<string, Opened>();
  const at = ({ registry: name }: ImageReference): Opened => {
    const there = opened.get(name) ?? open(http, name, blobs, () => credentialsFor(name, artifacts, access));
    opened.set(name, there);
    return there;
  };
  return {
    find: (reference, signal) => find(at(reference).images, reference, signal),
    tags: (reference, signal) => at(reference).registry.tags(reference.repository, signal),
    seen: (hex) => blobs.beginningWith(hex),
  };
}

function open(http: Http, name: string, blobs: Blobs, credentials: () => Promise<Credentials | undefined>): Opened {
  const registry = openRegistry(http, name, credentials);
  return { registry, images: new Images(registry, blobs) };
}

async function find(
  images: Images,
  reference: ImageReference,
  signal: AbortSignal | undefined,
): Promise<FoundImage | undefined> {
  const image = await images.find(reference, signal);
  if (image === undefined) return undefined;
  return {
    ...image,
    from: printReference(reference),
    async open(digest, path, signal) {
      const layers = await images.layersOf(reference, digest, signal);
      const tar = async function* (number: number) {
        const layer = layers[number];
        if (layer !== undefined) yield* layerTar(await images.blob(reference, layer, signal));
      };
      return openInImage({ count: layers.length, tar }, path);
    },
  };
}

async function credentialsFor(
  registry: string,
  { credentials }: Artifacts,
  access: SourceAccess,
): Promise<Credentials | undefined> {
  if (credentials === undefined) {
    const { home, processes, hide } = access.docker;
    const kept = await dockerCredentials(registry, { environment: access.environment, home, processes });
    if (kept !== undefined) hide(kept.password);
    return kept;
  }
  const user = credentials.user === undefined ? TOKEN_USER : await access.credential(credentials.user);
  return { user, password: await access.credential(credentials.token) };
}
