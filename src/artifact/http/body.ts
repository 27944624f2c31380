import type { IncomingHttpHeaders } from "node:http";
import type { Opened } from "../source.ts";
import type { Answer } from "./exchange.ts";
import type { Part } from "./http.ts";

/** The headers that ask for a part: all of it where no version is known that it has to be of. */
export function rangeHeaders({ offset, version }: Part): Record<string, string> {
  if (offset === 0 || version === undefined) return {};
  // If-Range (RFC 9110, 13.1.5): who has another version by now answers with the whole of it.
  return { range: `bytes=${offset}-`, "if-range": version };
}

/**
 * What an answer of status 200 or 206 gives; undefined when a 206 is not the part that was asked for, whatever the
 * server calls it: of another place, of another version.
 */
export function openedBy({ status, headers, body }: Answer, part: Part): Opened | undefined {
  const version = versionOf(headers);
  if (status !== 206) return { stream: body, offset: 0, size: lengthOf(headers["content-length"]), version };
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  if (Number(first) !== part.offset || (version ?? part.version) !== part.version) return undefined;
  const size = lengthOf(total);
  // A server may give less than was asked for; ours are asked for all that follows.
  if (size !== undefined && Number(last) !== size - 1) return undefined;
  return { stream: body, offset: part.offset, size, version: part.version };
}

const lengthOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/**
 * What names these very bytes: a strong ETag, else a date of change that is strong, as it lies more than a second before
 * the answer's (RFC 9110, 8.8.2.2).
 */
function versionOf({ etag, date, "last-modified": modified }: IncomingHttpHeaders): string | undefined {
  if (etag !== undefined) return etag.startsWith("W/") ? undefined : etag;
  if (modified === undefined || date === undefined) return undefined;
  return Date.parse(date) - Date.parse(modified) > 1000 ? modified : undefined;
}
