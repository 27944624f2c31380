import { Readable } from "node:stream";
import type { ArtifactDigest } from "../model/names.ts";
import { ChangedMeanwhile, type DownloadOptions, download } from "./download.ts";
import type { Content } from "./source.ts";
import type { Store } from "./store.ts";

export type FetchOptions = DownloadOptions;

/** A content that is replaced while it is fetched is begun anew so often. */
const BEGUN_AT_MOST = 3;

/**
 * Has a content in the store, and gives its digest there. What is known to be there is not asked for again; a download
 * that breaks off goes on where it was.
 * @throws Failure when it cannot be had, or is not what its checksum or its length says; the signal's reason.
 */
export async function fetchContent(
  content: Content,
  store: Store,
  options: FetchOptions = {},
): Promise<ArtifactDigest> {
  const known = await store.digestOf(content);
  if (known !== undefined && (await store.has(known))) return known;
  for (let begun = 1; ; begun++) {
    try {
      return await store.receive(content, Readable.from(download(content, options)));
    } catch (thrown) {
      if (!(thrown instanceof ChangedMeanwhile) || begun >= BEGUN_AT_MOST) throw thrown;
    }
  }
}
