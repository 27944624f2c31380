import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type TarEntry, tarOf } from "../unit/artifact/tars.ts";

/** A layer as it is pushed, from the lowest on. */
export interface LayerSpec {
  readonly entries: readonly TarEntry[];
  /** How it is packed; gzip unless told. */
  readonly pack?: (tar: Buffer) => Buffer | Promise<Buffer>;
  readonly mediaType?: string;
}

export interface ImageSpec {
  readonly layers: readonly LayerSpec[];
  readonly os?: string;
  readonly arch?: string;
  readonly variant?: string;
  /** ISO 8601. */
  readonly created?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Where and as whom to push. */
export interface Target {
  readonly host: string;
  readonly repository: string;
  /** The value of `Authorization`. */
  readonly authorization?: string;
}

export interface Pushed {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI = "application/vnd.oci.image";
const DOCKER = "application/vnd.docker.distribution";

export const sha256 = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A layer of files, by path; a content of null is a whiteout, a path with a slash at its end a folder. */
export const layer = (files: Readonly<Record<string, string | Buffer | null>>): LayerSpec => ({
  entries: Object.entries(files).map(([path, content]): TarEntry => {
    if (content === null) return { path: path.replace(/([^/]+)$/, ".wh.$1") };
    return path.endsWith("/") ? { path, type: "Directory", mode: 0o755 } : { path, content, mode: 0o755 };
  }),
});

/** Pushes an image over the registry's API, under a tag or by its digest alone, in the OCI's format or Docker's. */
export async function pushImage(
  target: Target,
  spec: ImageSpec,
  tag?: string,
  format: "oci" | "docker" = "oci",
): Promise<Pushed> {
  const tars = spec.layers.map(({ entries }) => tarOf(...entries));
  const layers = await Promise.all(
    spec.layers.map(async ({ pack = gzipSync, mediaType }, index) => {
      const blob = await pack(tars[index] ?? Buffer.alloc(0));
      const type = format === "oci" ? `${OCI}.layer.v1.tar+gzip` : "application/vnd.docker.image.rootfs.diff.tar.gzip";
      return { mediaType: mediaType ?? type, ...(await pushBlob(target, blob)) };
    }),
  );
  const config = Buffer.from(
    JSON.stringify({
      ...{ os: spec.os ?? "linux", architecture: spec.arch ?? "amd64" },
      ...(spec.created && { created: spec.created }),
      config: { Labels: spec.labels ?? {} },
      rootfs: { type: "layers", diff_ids: tars.map(sha256) },
    }),
  );
  const configType = format === "oci" ? `${OCI}.config.v1+json` : "application/vnd.docker.container.image.v1+json";
  return pushManifest(target, tag, {
    schemaVersion: 2,
    mediaType: format === "oci" ? `${OCI}.manifest.v1+json` : `${DOCKER}.manifest.v2+json`,
    config: { mediaType: configType, ...(await pushBlob(target, config)) },
    layers,
  });
}

/** Pushes one index of several images, each for its platform. */
export async function pushIndex(
  target: Target,
  images: readonly ImageSpec[],
  tag: string,
  format: "oci" | "docker" = "oci",
): Promise<Pushed> {
  const manifests = await Promise.all(
    images.map(async (image) => {
      const { os = "linux", arch = "amd64", variant } = image;
      const platform = { os, architecture: arch, ...(variant && { variant }) };
      return { ...(await pushImage(target, image, undefined, format)), platform };
    }),
  );
  const mediaType = format === "oci" ? `${OCI}.index.v1+json` : `${DOCKER}.manifest.list.v2+json`;
  return pushManifest(target, tag, { schemaVersion: 2, mediaType, manifests });
}

async function pushBlob(target: Target, content: Buffer): Promise<Omit<Pushed, "mediaType">> {
  const digest = sha256(content);
  const begun = await sent(target, `blobs/uploads/`, { method: "POST" });
  const to = new URL(begun.headers.get("location") ?? "", `http://${target.host}`);
  to.searchParams.set("digest", digest);
  await sent(target, to, { method: "PUT", body: new Uint8Array(content) });
  return { digest, size: content.length };
}

export async function pushManifest(
  target: Target,
  tag: string | undefined,
  manifest: Readonly<Record<string, unknown>>,
): Promise<Pushed> {
  const body = Buffer.from(JSON.stringify(manifest));
  const [digest, mediaType] = [sha256(body), String(manifest.mediaType)];
  const headers = { "content-type": mediaType };
  await sent(target, `manifests/${tag ?? digest}`, { method: "PUT", headers, body: new Uint8Array(body) });
  return { mediaType, digest, size: body.length };
}

async function sent({ host, repository, authorization }: Target, to: string | URL, init: RequestInit) {
  const url = typeof to === "string" ? `http://${host}/v2/${repository}/${to}` : to;
  const headers = { ...(init.headers as Record<string, string>), ...(authorization && { authorization }) };
  const answer = await fetch(url, { ...init, headers });
  if (!answer.ok) throw new Error(`${init.method} ${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}
