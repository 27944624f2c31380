import type { IncomingHttpHeaders } from "node:http";
import type { Content, Opened } from "../source.ts";

/**
 * What every source that speaks HTTP asks its server by: GET alone, and nothing but Failures where it does not work
 * out. Proxies, authorities, redirects, time-outs, retries and the bound on connections are in here; see client.ts.
 */
export interface Http {
  /**
   * A small document, whole (at most 64 MiB). One that came with an ETag is kept, and the server is asked
   * only whether it is still that one: at most one request, redirects and retries aside.
   * @throws Failure with the URL, the status, the server's first words and what to do; `answerOf` gives its status.
   */
  getDocument(url: string, options?: RequestOptions): Promise<Document>;
  /** As Content.open: a body from an offset on, as a stream that may break off; who reads it opens it again there. */
  openBody(url: string, part: Part, options?: RequestOptions): Promise<Opened>;
  /** `openBody` of one URL, in the shape of a Content's `open`. */
  opener(url: string, options?: RequestOptions): Content["open"];
}

export interface RequestOptions {
  /** The value of `Authorization`. Sent to the URL's own origin alone, never to where it redirects to elsewhere. */
  readonly authorization?: string | undefined;
  /** Further headers (`Accept`), which go along with redirects: nothing secret. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Which part of a body is wanted. */
export interface Part {
  /** In bytes. */
  readonly offset: number;
  /** The version that an earlier part was of (Opened.version); only of that one a later part can be had. */
  readonly version?: string | undefined;
}

export interface Document {
  readonly body: Buffer;
  /** Of the answer that it came with, which may have been an earlier one. */
  readonly headers: IncomingHttpHeaders;
}

/** What a server answered, when that was a failure: the cause of the Failure. */
export class HttpAnswer extends Error {
  override readonly name = "HttpAnswer";
  readonly status: number;
  readonly headers: IncomingHttpHeaders;

  constructor(status: number, headers: IncomingHttpHeaders) {
    super(`HTTP status ${status}`);
    this.status = status;
    this.headers = headers;
  }
}

/** The answer behind a Failure of Http; undefined when there was none (no connection), or for anything else. */
export function answerOf(thrown: unknown): HttpAnswer | undefined {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause instanceof HttpAnswer ? cause : undefined;
}
