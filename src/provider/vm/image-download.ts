import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { Content } from "../../artifact/source.ts";
import { failed, interrupted, userFailure } from "../../model/failure.ts";
import type { VmImageWish } from "../../model/vm.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { diskFormat } from "./disk-format.ts";
import type { ImageSource } from "./image-source.ts";

export type RemoteImage = Extract<VmImageWish, { readonly from: "url" }>;

/**
 * Somebody's own disk, by its URL (`https:`, `http:`, `file:`), kept under its checksum. It brings its own boot loader.
 * A download that breaks off goes on where it was.
 */
export function downloadedImage(wish: RemoteImage): ImageSource {
  const digest = wish.sha256.toLowerCase();
  return {
    digest,
    async make(folder, surroundings, progress, signal) {
      const content = await contentOf(wish, digest, surroundings, progress);
      const { download } = await import("../../artifact/download.ts");
      const tell = percentTeller(content.from, progress);
      const path = join(folder, "disk");
      const hash = createHash("sha256");
      const hashed = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          done(null, chunk);
        },
      });
      const file = await open(path, "wx", 0o600);
      try {
        await pipeline(download(content, { signal, onProgress: tell }), hashed, file.createWriteStream());
      } catch (thrown) {
        if (signal?.aborted) throw interrupted();
        throw thrown;
      }
      expectDigest(content.from, digest, hash.digest("hex"));
      return diskFormat(path, content.from);
    },
  };
}

async function contentOf(
  { url }: RemoteImage,
  hex: string,
  { folders, environment, clock }: Surroundings,
  progress: ProviderProgress,
): Promise<Content> {
  const { shown, authorizationIn } = await import("../../artifact/http/url.ts");
  const parsed = new URL(url);
  const what = { key: hex, kind: "file", packing: "none", member: undefined, size: undefined } as const;
  const checksum = { algorithm: "sha256", hex } as const;
  if (parsed.protocol === "file:") {
    const path = fileURLToPath(parsed);
    return { ...what, from: path, checksum, open: (offset) => openFile(path, offset) };
  }
  const { openHttp } = await import("../../artifact/http/client.ts");
  const http = openHttp({ cacheFolder: join(folders.cache, "http"), environment, onWait: progress, clock });
  const authorization = authorizationIn(parsed);
  [parsed.username, parsed.password] = ["", ""];
  return { ...what, from: shown(parsed), checksum, open: http.opener(parsed.href, { authorization }) };
}

async function openFile(path: string, offset: number): ReturnType<Content["open"]> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) throw userFailure(`there is no ${path}, which x-devenv.vm.image.url names`);
  return { stream: createReadStream(path, { start: offset }), offset, size: facts.size, version: undefined };
}

function percentTeller(from: string, progress: ProviderProgress): (done: number, total: number | undefined) => void {
  let told = -1;
  return (done, total) => {
    const now = total === undefined ? Math.floor(done / 2 ** 24) * 16 : Math.floor((done / total) * 100);
    if (now === told) return;
    told = now;
    progress(`downloading ${from}`, total === undefined ? { detail: `${now} MiB` } : { part: now / 100 });
  };
}

function expectDigest(from: string, wanted: string, is: string): void {
  if (is === wanted) return;
  throw failed(`${from} is not the disk that the profile means: its SHA-256 is ${is}`, {
    hint: `the profile says ${wanted} (x-devenv.vm.image.sha256); compare with what the disk's makers publish`,
  });
}
