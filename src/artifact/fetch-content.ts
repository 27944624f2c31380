import type { ArtifactDigest } from "../model/names.ts";
import type { Content } from "./source.ts";
import type { Store } from "./store.ts";

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called as bytes arrive; both numbers in bytes, `total` where it is known. */
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

/**
 * Has a content in the store, and gives its digest there. What is known to be there is not asked for again.
 * @throws Failure when it cannot be had, or is not what its checksum says.
 */
export async function fetchContent(
  content: Content,
  store: Store,
  options: FetchOptions = {},
): Promise<ArtifactDigest> {
  const known = await store.digestOf(content);
  if (known !== undefined && (await store.has(known))) return known;
  const { stream } = await content.open(0, options.signal);
  return store.receive(content, stream);
}
