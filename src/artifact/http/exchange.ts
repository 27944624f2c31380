import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { environmentFailure } from "../../model/failure.ts";
import type { HttpLimits } from "./connections.ts";
import type { RequestOptions } from "./http.ts";
import { authorizationIn, shown } from "./url.ts";

/** What a server said in the end, redirects followed. */
export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

export interface Exchange extends RequestOptions {
  readonly limits: HttpLimits;
  readonly dispatcherFor: (url: URL) => Promise<Dispatcher>;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** As browsers and curl's users have it; a chain that is longer turns in a circle. */
const REDIRECTS_AT_MOST = 10;
/** GitHub answers nobody who does not say who they are. */
const USER_AGENT = "devenv";

/**
 * One GET, with redirects. What is secret goes to the first origin alone.
 * @throws undici's own errors where there is no answer; Failure for a redirect that is not followed.
 */
export async function exchange(from: URL, options: Exchange): Promise<Answer> {
  let url = from;
  for (let count = 0; count <= REDIRECTS_AT_MOST; count++) {
    const { statusCode, headers, body } = await send(url, headersFor(url, from, options), options);
    const location = REDIRECTS.has(statusCode) ? headers.location : undefined;
    if (typeof location !== "string") return { url, status: statusCode, headers, body };
    // Its few words are of no use to anyone; an error of theirs neither.
    body.on("error", () => {}).resume();
    url = nextUrl(url, location);
  }
  throw environmentFailure(`${shown(from)} redirects in a circle: more than ${REDIRECTS_AT_MOST} times`, {
    hint: `the last one was ${shown(url)}; correct the address in x-devenv.artifacts.source`,
  });
}

async function send(url: URL, headers: Readonly<Record<string, string>>, options: Exchange) {
  const { limits, signal } = options;
  const dispatcher = await options.dispatcherFor(url);
  return dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: "GET",
    headers: { ...headers },
    headersTimeout: limits.idleMs,
    bodyTimeout: limits.idleMs,
    ...(signal && { signal }),
  });
}

/** Nothing is to be compressed on the way: lengths, ranges and checksums are those of the file. */
function headersFor(url: URL, from: URL, { headers = {}, authorization }: Exchange): Record<string, string> {
  const plain = { "user-agent": USER_AGENT, "accept-encoding": "identity", ...headers };
  const own = authorization ?? authorizationIn(from);
  return url.origin === from.origin && own !== undefined ? { ...plain, authorization: own } : plain;
}

function nextUrl(url: URL, location: string): URL {
  const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  if (next === undefined || !["http:", "https:"].includes(next.protocol)) {
    throw environmentFailure(`${shown(url)} redirects to what is no address of the web`, {
      hint: "the server is set up wrongly, or it is not the one that was meant",
    });
  }
  if (url.protocol === "https:" && next.protocol === "http:") {
    throw environmentFailure(`${shown(url)} redirects from https to http: ${shown(next)}`, {
      hint: "what comes without TLS may be anyone's; let the server redirect to an https address",
    });
  }
  return next;
}
