import { createReadStream } from "node:fs";
import { fetchContent } from "../../../src/artifact/fetch-content.ts";
import type { Received } from "../../../src/artifact/receive.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { openMount } from "../../../src/delivery/mount.ts";
import type { Release } from "../../../src/model/artifact.ts";
import { type ArtifactDigest, serviceName } from "../../../src/model/names.ts";

/** Fetches a content (as JSON) out of a file into the store of a cache folder, and has a cluster's books run it. */
export async function fetchAndDeliver(
  cache: string,
  json: string,
  file: string,
  cluster: string,
): Promise<ArtifactDigest> {
  const [content, store] = [JSON.parse(json) as Received, openStore(cache)];
  const open = async (offset: number) => ({ stream: createReadStream(file, { start: offset }), offset });
  const digest = await fetchContent({ ...content, open }, store);
  const release: Release = { artifact: { digest, kind: content.kind, build: "ci:124" } };
  const [books, mount] = [serviceName("books"), openMount(cluster, store)];
  await store.note(books, release);
  await mount.record({ service: books, good: release });
  await mount.point(books, release);
  return digest;
}
