import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { gzipSync } from "node:zlib";
import type { Platform } from "../../src/model/artifact.ts";

export interface Registry {
  /** `127.0.0.1:PORT`, which every daemon of this machine takes for a registry without TLS. */
  readonly host: string;
  close(): Promise<void>;
}

/** A registry with one image, `books:1`, which holds no file; of any other image it says that it has none. */
export async function registryWithBooks(platform: Platform): Promise<Registry> {
  const tar = Buffer.alloc(1024);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: platform.arch,
      os: platform.os,
      config: { Labels: { made: "in a test" } },
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
    }),
  );
  const kind = "application/vnd.docker";
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${kind}.distribution.manifest.v2+json`,
      config: { mediaType: `${kind}.container.image.v1+json`, size: config.length, digest: digestOf(config) },
      layers: [{ mediaType: `${kind}.image.rootfs.diff.tar.gzip`, size: layer.length, digest: digestOf(layer) }],
    }),
  );
  const files = new Map([
    ["/v2/", Buffer.from("{}")],
    ["/v2/books/manifests/1", manifest],
    [`/v2/books/manifests/${digestOf(manifest)}`, manifest],
    [`/v2/books/blobs/${digestOf(config)}`, config],
    [`/v2/books/blobs/${digestOf(layer)}`, layer],
  ]);
  const server = createServer(({ url = "", method }, answer) => {
    const body = files.get(url);
    answer.setHeader("Docker-Distribution-API-Version", "registry/2.0");
    if (body === undefined) {
      answer.writeHead(404, { "Content-Type": "application/json" });
      answer.end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] }));
      return;
    }
    if (body === manifest) answer.setHeader("Docker-Content-Digest", digestOf(manifest));
    answer.setHeader("Content-Type", body === manifest ? `${kind}.distribution.manifest.v2+json` : "application/json");
    answer.setHeader("Content-Length", body.length);
    answer.end(method === "HEAD" ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Takes connections and never says a word, as a firewall or a dead proxy can. */
export async function silentRegistry(): Promise<Registry> {
  const open = new Set<{ destroy(): void }>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
