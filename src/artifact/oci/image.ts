import { readFile } from "node:fs/promises";
import type { Platform } from "../../model/artifact.ts";
import { environmentFailure, type Failure } from "../../model/failure.ts";
import { download } from "../download.ts";
import type { Blobs } from "./blobs.ts";
import { type Descriptor, fromLabels, type ImageManifest, parseConfig, parseManifest } from "./manifest.ts";
import { type ImageReference, printReference, wantedOf } from "./reference.ts";
import type { Manifest, Registry } from "./registry.ts";

/** What a reference stands for at this moment. */
export interface Image {
  /** Of the manifest, or of the index where it is for several platforms. */
  readonly digest: string;
  /** ISO 8601. */
  readonly created: string | undefined;
  /** The commit it was built from. */
  readonly revision: string | undefined;
  /** One a platform. */
  readonly variants: readonly Variant[];
}

export interface Variant {
  readonly platform: Platform;
  /** Of its manifest. */
  readonly digest: string;
}

/** The images of one registry. What is known by its digest is asked for once, and then kept (blobs.ts). */
export class Images {
  readonly #registry: Registry;
  readonly #blobs: Blobs;

  constructor(registry: Registry, blobs: Blobs) {
    this.#registry = registry;
    this.#blobs = blobs;
  }

  /**
   * Undefined where there is no such image. One that was seen before costs one request, and none where its digest is
   * what is asked for.
   * @throws Failure: the registry cannot be asked, or what it gives is no image
   */
  async find(reference: ImageReference, signal?: AbortSignal): Promise<Image | undefined> {
    const found = await this.#top(reference, signal);
    if (found === undefined) return undefined;
    const { digest, body } = found;
    const from = printReference(reference);
    const parsed = parseManifest(body, from);
    if (parsed.is === "image") {
      const { platform, ...said } = await this.#config(reference, parsed, signal);
      return { digest, ...said, variants: [{ platform, digest }] };
    }
    const [first] = parsed.images;
    if (first === undefined) throw nothingIn(from);
    const config = await this.#config(
      reference,
      await this.#manifest(reference, first.manifest.digest, signal),
      signal,
    );
    const { created = config.created, revision = config.revision } = fromLabels(parsed.annotations);
    const variants = parsed.images.map(({ platform, manifest }) => ({ platform, digest: manifest.digest }));
    return { digest, created, revision, variants };
  }

  /** The layers of one platform's image, the top one first. */
  async layersOf(reference: ImageReference, digest: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    return (await this.#manifest(reference, digest, signal)).layers.toReversed();
  }

  /** The path of a blob's file, as the registry gave it; verified. */
  blob(reference: ImageReference, { digest, size }: Descriptor, signal?: AbortSignal): Promise<string> {
    const from = `${printReference(reference)} (${digest})`;
    let etag: string | undefined;
    const content = {
      ...({ from, key: digest, kind: "file", packing: "none", member: undefined, size } as const),
      checksum: { algorithm: "sha256", hex: digest.slice("sha256:".length) } as const,
      // By its digest it is the same whatever the server that it is redirected to calls it.
      open: async (offset: number) => {
        const opened = await this.#registry.blob(reference.repository, digest, { offset, version: etag }, signal);
        etag = opened.version;
        return { ...opened, version: digest };
      },
    };
    return this.#blobs.have({ digest, size }, () => download(content, { signal }), from);
  }

  /** Kept from then on under its digest: a pin names that, and the tag may name another by then. */
  async #top(reference: ImageReference, signal?: AbortSignal): Promise<Manifest | undefined> {
    const { digest } = reference;
    const kept = digest && (await this.#blobs.kept(digest));
    if (digest && kept) return { digest, body: await readFile(kept) };
    const found = await this.#registry.manifest(reference.repository, wantedOf(reference), signal);
    if (found !== undefined) await this.#keep(found, printReference(reference));
    return found;
  }

  #keep({ digest, body }: Manifest, from: string): Promise<string> {
    return this.#blobs.have(
      { digest, size: body.length },
      async function* () {
        yield body;
      },
      from,
    );
  }

  async #manifest(reference: ImageReference, digest: string, signal?: AbortSignal) {
    const from = printReference({ ...reference, digest });
    const found = await this.#top({ ...reference, digest }, signal);
    if (found === undefined) throw gone(from);
    const parsed = parseManifest(found.body, from);
    if (parsed.is === "image") return parsed;
    throw environmentFailure(`${from} is an index inside an index`, { hint: "name an image, or an index of images" });
  }

  async #config(reference: ImageReference, { config }: ImageManifest, signal?: AbortSignal) {
    return parseConfig(await readFile(await this.blob(reference, config, signal)), printReference(reference));
  }
}

const gone = (from: string): Failure =>
  environmentFailure(`the registry names ${from} and does not have it`, {
    hint: "it was removed there, or never pushed: let CI push the image again",
  });

const nothingIn = (from: string): Failure =>
  environmentFailure(`${from} is an index of no image at all`, { hint: "let CI push the image again" });
