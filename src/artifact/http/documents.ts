import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { writeAtomic } from "../../host/files.ts";
import type { Document } from "./http.ts";

/**
 * The documents that servers gave with an ETag, in `<cache>/http`: a file each, its headers as a line of JSON before its
 * body. A memory only: what cannot be read or written is asked for again.
 */
export interface Documents {
  get(key: string): Promise<Kept | undefined>;
  put(key: string, document: Kept): Promise<void>;
}

export interface Kept extends Document {
  readonly etag: string;
}

export function openDocuments(cacheFolder: string): Documents {
  const folder = join(cacheFolder, "http");
  const fileOf = (key: string) => join(folder, createHash("sha256").update(key).digest("hex"));
  return {
    get: (key) => readFile(fileOf(key)).then(parse, () => undefined),
    async put(key, { etag, headers, body }) {
      // Cookies are nobody's business later.
      const { "set-cookie": _, ...kept } = headers;
      const head = Buffer.from(`${JSON.stringify({ etag, headers: kept })}\n`);
      await mkdir(folder, { recursive: true })
        .then(() => writeAtomic(fileOf(key), Buffer.concat([head, body])))
        .catch(() => {});
    },
  };
}

function parse(bytes: Buffer): Kept | undefined {
  const end = bytes.indexOf("\n");
  try {
    const { etag, headers } = JSON.parse(bytes.toString("utf8", 0, end)) as Record<string, unknown>;
    if (typeof etag !== "string" || typeof headers !== "object" || headers === null) return undefined;
    return { etag, headers: headers as IncomingHttpHeaders, body: bytes.subarray(end + 1) };
  } catch {
    return undefined;
  }
}
