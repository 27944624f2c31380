import { environmentFailure } from "../../model/failure.ts";
import { answerOf, type Http, type Part, type RequestOptions } from "../http/http.ts";
import type { Opened } from "../source.ts";
import { authorization } from "./authorization.ts";
import type { Credentials } from "./docker-credentials.ts";
import { digestOf, MANIFEST_TYPES } from "./manifest.ts";
import { apiOf } from "./reference.ts";

/** One registry's API (the OCI's distribution specification), as far as reading goes. */
export interface Registry {
  /**
   * A manifest by tag or digest; undefined where there is none. It costs one request, and where the registry has ETags
   * an unchanged one is not sent again.
   */
  manifest(repository: string, wanted: string, signal?: AbortSignal): Promise<Manifest | undefined>;
  /** Every tag of a repository, page by page, as the registry sorts them; empty where there is no such repository. */
  tags(repository: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Opens a blob from an offset on, as Http.openBody does; it may break off. */
  blob(repository: string, digest: string, part: Part, signal?: AbortSignal): Promise<Opened>;
}

export interface Manifest {
  /** Of the bytes, whatever the registry says. */
  readonly digest: string;
  readonly body: Buffer;
}

/** A repository with more tags than fit on so many pages of a hundred is looked at no further. */
const MAX_PAGES = 20;
const TAGS_A_PAGE = 100;

/**
 * @param registry its host, as a reference names it
 * @param credentials what opens it; asked for once, when the registry first wants to know
 */
export function openRegistry(
  http: Http,
  registry: string,
  credentials: () => Promise<Credentials | undefined>,
): Registry {
  const api = `${apiOf({ registry })}/v2`;
  const authorized = authorization(http, registry, credentials);
  return {
    async manifest(repository, wanted, signal) {
      const url = `${api}/${repository}/manifests/${wanted}`;
      const ask = (options: RequestOptions) => http.getDocument(url, options);
      const document = await authorized(repository, ask, { ...MANIFEST_REQUEST, signal }).catch(unlessAbsent);
      if (document === undefined) return undefined;
      const digest = digestOf(document.body);
      const isWanted = !wanted.startsWith("sha256:") || wanted === digest;
      if (isWanted) return { digest, body: document.body };
      throw environmentFailure(`${url} answers with another manifest than it was asked for: ${digest}`, {
        hint: "the registry, or a proxy before it, gives wrong content: ask who runs it",
      });
    },
    async tags(repository, signal) {
      const tags: string[] = [];
      let url: string | undefined = `${api}/${repository}/tags/list?n=${TAGS_A_PAGE}`;
      for (let page = 0; url !== undefined && page < MAX_PAGES; page++) {
        const at: string = url;
        const ask = (options: RequestOptions) => http.getDocument(at, options);
        const document = await authorized(repository, ask, { signal }).catch(unlessAbsent);
        if (document === undefined) break;
        tags.push(...tagsIn(document.body, at));
        url = nextPage(document.headers.link, at);
      }
      return tags;
    },
    blob(repository, digest, part, signal) {
      const url = `${api}/${repository}/blobs/${digest}`;
      return authorized(repository, (options) => http.openBody(url, part, options), { signal });
    },
  };
}

const MANIFEST_REQUEST: RequestOptions = { headers: { accept: MANIFEST_TYPES.join(", ") } };

/** No such repository, no such tag. */
function unlessAbsent(thrown: unknown): undefined {
  if (answerOf(thrown)?.status !== 404) throw thrown;
  return undefined;
}

function tagsIn(body: Buffer, url: string): readonly string[] {
  try {
    // Go writes an empty list as null.
    const { tags } = JSON.parse(body.toString("utf8")) as { readonly tags?: readonly unknown[] | null };
    return (tags ?? []).map(String);
  } catch (cause) {
    throw environmentFailure(`${url} does not answer as a registry does: ${(cause as Error).message}`, {
      hint: "correct the registry in x-devenv.artifacts.source",
      cause,
    });
  }
}

/** `Link: </v2/books/tags/list?last=b&n=100>; rel="next"`; of another origin it is not followed. */
function nextPage(link: string | string[] | undefined, url: string): string | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec([link ?? []].flat().join(", "))?.[1];
  if (target === undefined || !URL.canParse(target, url)) return undefined;
  const next = new URL(target, url);
  return next.origin === new URL(url).origin ? next.href : undefined;
}
