import { type Clock, systemClock } from "../../host/clock.ts";
import type { ArtifactCredentials } from "../../model/artifact-source.ts";
import { environmentFailure, type Failure, userFailure } from "../../model/failure.ts";
import type { Opened } from "../source.ts";
import { openedBy, rangeHeaders } from "./body.ts";
import { type Environment, HTTP_LIMITS, type HttpLimits, openConnections } from "./connections.ts";
import { openDocuments } from "./documents.ts";
import { type Answer, exchange } from "./exchange.ts";
import { refusal } from "./failures.ts";
import type { Http, Part, RequestOptions } from "./http.ts";
import { persistently } from "./persistence.ts";
import { shown } from "./url.ts";

export interface HttpOptions {
  /** Documents are kept below it. */
  readonly cacheFolder: string;
  /** The machine's, for its proxies and authorities. */
  readonly environment: Environment;
  /** Absolute path of a PEM file of authorities that are believed besides the system's. */
  readonly ca?: string | undefined;
  /** The names of the variables that credentials come from, for hints. */
  readonly credentials?: ArtifactCredentials | undefined;
  /** Told in words what is waited for, when that takes a second or more. */
  readonly onWait?: ((words: string) => void) | undefined;
  readonly limits?: HttpLimits;
  readonly clock?: Clock;
}

/** HTTP for one source. Nothing is loaded or connected before it asks. */
export function openHttp(options: HttpOptions): Http {
  const documents = openDocuments(options.cacheFolder);
  const inquiry = inquiries(options);

  const openBody = async (address: string, part: Part, request: RequestOptions = {}): Promise<Opened> => {
    const { ask, refused } = inquiry(address, withHeaders(request, rangeHeaders(part)));
    const answer = await ask(async (begun) => begun);
    const opened = [200, 206].includes(answer.status) ? openedBy(answer, part) : undefined;
    if (opened !== undefined) return opened;
    if (part.offset === 0 || ![206, 416].includes(answer.status)) throw await refused(answer);
    // Not that part of that version: a server that lies about ranges, or has something shorter by now. The whole, then.
    answer.body.on("error", () => {}).destroy();
    return openBody(address, { offset: 0 }, request);
  };

  return {
    openBody,
    opener: (url, request) => (offset, signal, version) => openBody(url, { offset, version }, { ...request, signal }),
    async getDocument(address, request = {}) {
      const key = JSON.stringify([address, request.headers ?? {}]);
      const kept = await documents.get(key);
      const condition = kept === undefined ? {} : { "if-none-match": kept.etag };
      const { ask, refused } = inquiry(address, withHeaders(request, condition));
      const answer = await ask(withBody);
      if (answer.status === 304 && kept !== undefined) return kept;
      if (answer.status !== 200) throw await refused(answer);
      const document = { headers: answer.headers, body: answer.whole };
      const { etag } = answer.headers;
      if (etag !== undefined) await documents.put(key, { ...document, etag });
      return document;
    },
  };
}

interface Inquiry {
  /** Asks, patiently; `finish` makes of an answer what is wanted, and what fails in it is asked again, too. */
  ask<A extends Answer>(finish: (answer: Answer) => Promise<A>): Promise<A>;
  refused(answer: Answer): Promise<Failure>;
}

function inquiries(options: HttpOptions): (address: string, request: RequestOptions) => Inquiry {
  const { environment, ca, credentials, onWait, limits = HTTP_LIMITS, clock = systemClock } = options;
  const dispatcherFor = openConnections({ environment, ca, limits });
  return (address, request) => {
    const asked = { url: parse(address), credentials, ca };
    const once = () => exchange(asked.url, { ...request, limits, dispatcherFor });
    return {
      ask: (finish) => persistently(async () => finish(await once()), { asked, clock, signal: request.signal, onWait }),
      refused: (answer) => refusal(answer, asked),
    };
  };
}

const withHeaders = (request: RequestOptions, headers: Readonly<Record<string, string>>): RequestOptions => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

const DOCUMENT_LIMIT_BYTES = 64 * 1024 * 1024;

/** Reads the body of a success, and of 304, which has none, so that the connection is free again. */
async function withBody(answer: Answer): Promise<Answer & { readonly whole: Buffer }> {
  const chunks: Buffer[] = [];
  if (answer.status !== 200 && answer.status !== 304) return { ...answer, whole: Buffer.alloc(0) };
  let length = 0;
  for await (const chunk of answer.body) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > DOCUMENT_LIMIT_BYTES) throw tooLarge(answer.url);
  }
  return { ...answer, whole: Buffer.concat(chunks, length) };
}

const tooLarge = (url: URL): Failure =>
  environmentFailure(`${shown(url)} is larger than ${DOCUMENT_LIMIT_BYTES} bytes, which is no list of builds`, {
    hint: "correct the address in x-devenv.artifacts.source",
  });

function parse(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && ["http:", "https:"].includes(url.protocol)) return url;
  throw userFailure(`${JSON.stringify(address)} is no address of the web`, {
    hint: "an address begins with https:// or http://; correct x-devenv.artifacts.source in the profile",
  });
}
