import { Readable } from "node:stream";
import type { Daemon } from "./daemon.ts";

/** What `image: scratch` means: an image without a file, under a tag of ours. Docker itself reserves the name scratch. */
export const EMPTY_IMAGE = "devenv/scratch:1";

/** The end of a tar archive, and so the whole of an empty one: two blocks of zeros. */
const EMPTY_TAR = Buffer.alloc(1024);

/** Makes the empty image, for the daemon's own platform, unless it is there. */
export async function importEmptyImage(daemon: Daemon): Promise<void> {
  if ((await daemon.images([EMPTY_IMAGE])).has(EMPTY_IMAGE)) return;
  await daemon.importImage(EMPTY_IMAGE, Readable.from([EMPTY_TAR]), []);
}
