import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { type ArtifactDigest, artifactDigest } from "../model/names.ts";

/** Large enough for the hash to be what takes the time. */
const BUFFER_BYTES = 1024 * 1024;

/**
 * The SHA-256 of a file's content. The next piece is read while the last is hashed, into one of two buffers: a stream
 * would allocate one for each piece.
 * @param onBytes called with the size of each piece that was hashed.
 */
export async function fileDigest(path: string, onBytes?: (bytes: number) => void): Promise<ArtifactDigest> {
  const hash = createHash("sha256");
  const file = await open(path, "r");
  try {
    let [filled, spare] = [Buffer.allocUnsafeSlow(BUFFER_BYTES), Buffer.allocUnsafeSlow(BUFFER_BYTES)];
    let { bytesRead } = await file.read(filled, 0, BUFFER_BYTES);
    while (bytesRead > 0) {
      const reading = file.read(spare, 0, BUFFER_BYTES);
      hash.update(filled.subarray(0, bytesRead));
      onBytes?.(bytesRead);
      [filled, spare] = [spare, filled];
      ({ bytesRead } = await reading);
    }
    return artifactDigest(hash.digest("hex"));
  } finally {
    await file.close();
  }
}
