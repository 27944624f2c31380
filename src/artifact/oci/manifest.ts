import { createHash } from "node:crypto";
import type { Platform } from "../../model/artifact.ts";
import { environmentFailure, type Failure } from "../../model/failure.ts";

/** A blob or a manifest, by its content. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:…` */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

/** One image of one platform. */
export interface ImageManifest {
  readonly is: "image";
  readonly config: Descriptor;
  /** As the manifest has them: the lowest first. */
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** Several images, one a platform (an OCI index, or Docker's manifest list). */
export interface ImageIndex {
  readonly is: "index";
  readonly images: readonly { readonly platform: Platform; readonly manifest: Descriptor }[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** What is asked for: image manifests and indexes, OCI's and Docker's. Without it a registry answers in its oldest. */
export const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

export const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/**
 * Takes the bytes of a manifest, whichever of the four it is; `from` names it for people.
 * @throws Failure (environment): not JSON, a kind that holds no files (Docker's schema 1, a Helm chart), a part missing.
 */
export function parseManifest(body: Buffer, from: string): ImageManifest | ImageIndex {
  const json = parseObject(body, from);
  const annotations = texts(json.annotations);
  // A mediaType is allowed to be missing (OCI), and what lists manifests is an index.
  if (Array.isArray(json.manifests)) return { is: "index", images: images(json.manifests, from), annotations };
  if (json.schemaVersion === 1) {
    throw unusable(from, "it is in Docker's old format (schema 1)", "push it anew with a Docker of today");
  }
  if (!Array.isArray(json.layers)) throw unusable(from, "it names no layers", REPUSH);
  const config = descriptor(json.config, from);
  return { is: "image", config, layers: json.layers.map((layer) => descriptor(layer, from)), annotations };
}

/**
 * One a platform. A platform of which there are several (`arm/v6`, `arm/v7`) is the least of them, which all of its kind
 * can run; what is for none (BuildKit's attestations say `unknown`) is no image.
 */
function images(entries: readonly unknown[], from: string): ImageIndex["images"] {
  const found = new Map<string, { platform: Platform; variant: string; manifest: Descriptor }>();
  for (const entry of entries) {
    const { os, architecture, variant } = texts((entry as { platform?: unknown } | null)?.platform);
    if (os === undefined || architecture === undefined || os === "unknown") continue;
    const image = { platform: { os, arch: architecture }, variant: variant ?? "", manifest: descriptor(entry, from) };
    const name = `${os}/${architecture}`;
    const other = found.get(name);
    if (other === undefined || image.variant < other.variant) found.set(name, image);
  }
  return [...found.values()].map(({ platform, manifest }) => ({ platform, manifest }));
}

/** What an image's config says of it. */
export interface ImageConfig {
  readonly platform: Platform;
  /** ISO 8601; the build's own label where it has one. Undefined for builds that set it to the epoch, as Bazel does. */
  readonly created: string | undefined;
  /** The commit: the label `org.opencontainers.image.revision`. */
  readonly revision: string | undefined;
}

/** @throws Failure (environment) when it is no image's config. */
export function parseConfig(body: Buffer, from: string): ImageConfig {
  const json = parseObject(body, from);
  const { os, architecture } = texts(json);
  if (os === undefined || architecture === undefined) throw unusable(from, "its config names no platform", REPUSH);
  const labels = texts((json.config as { Labels?: unknown } | undefined)?.Labels);
  const said = texts(json).created;
  return {
    platform: { os, arch: architecture },
    ...fromLabels({ "org.opencontainers.image.created": said, ...labels }),
  };
}

/** Commit and date, as the OCI's annotations name them, out of an image's labels. */
export function fromLabels(labels: Readonly<Record<string, string | undefined>>): Omit<ImageConfig, "platform"> {
  const time = Date.parse(labels["org.opencontainers.image.created"] ?? "");
  return {
    created: time > 0 ? new Date(time).toISOString() : undefined,
    revision: labels["org.opencontainers.image.revision"] || undefined,
  };
}

/** @throws Failure (environment): what a manifest names must be there with its size, and by a digest that is one. */
function descriptor(value: unknown, from: string): Descriptor {
  const { mediaType = "", digest, size } = (value ?? {}) as Record<string, unknown>;
  if (typeof digest !== "string" || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw unusable(from, `it names something by ${JSON.stringify(digest)}, which is no SHA-256`, REPUSH);
  }
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw unusable(from, `it says no size of ${digest}`, REPUSH);
  return { mediaType: String(mediaType), digest, size: size as number };
}

function parseObject(body: Buffer, from: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw unusable(from, `it is not JSON (${(cause as Error).message})`, REPUSH, cause);
  }
  if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
  throw unusable(from, "it is not an object of JSON", REPUSH);
}

const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(value ?? {}).filter(([, text]) => typeof text === "string"));

const REPUSH = "let CI push the image again; if it stays so, what answers there may be no registry";

const unusable = (from: string, why: string, hint: string, cause?: unknown): Failure =>
  environmentFailure(`the image ${from} cannot be used: ${why}`, { hint, cause });
