import type { Artifacts } from "../model/artifact-source.ts";
import { type Fields, fieldsOf } from "./answer-fields.ts";
import { inGithubWords, notGithub } from "./github-failures.ts";
import { answerOf, type Document, type Http, type RequestOptions } from "./http/http.ts";
import type { Content } from "./source.ts";

/** The part of GitHub's REST API that builds are found by; paths begin with `/repos/`. */
export interface GithubApi {
  /** The answer to one question; undefined for 404. Asked with its ETag: what did not change costs no rate limit. */
  get(path: string, signal?: AbortSignal): Promise<unknown>;
  /**
   * What is in the pages of a list, page by page as long as they are wanted; undefined for 404.
   * @param itemsOf reads a page
   * @param isEnough told everything so far, after each page
   */
  pages<Item>(path: string, reading: Pages<Item>, signal?: AbortSignal): Promise<readonly Item[] | undefined>;
  /** A small text of an address: of the API, with the token, or of another one that everybody may read. */
  text(url: string, accept: string, signal?: AbortSignal): Promise<string>;
  /** Opens the bytes of such an address, which the API redirects to another host. */
  opener(url: string, accept: string): Content["open"];
  url(path: string): string;
}

export interface Pages<Item> {
  itemsOf(page: Fields): readonly Item[];
  /** Told everything so far, after each page. */
  isEnough(items: readonly Item[]): boolean;
}

/** GitHub lists no more than a thousand of anything that is filtered. */
const PAGES_AT_MOST = 10;
const JSON_TYPE = "application/vnd.github+json";
const VERSION = { "x-github-api-version": "2022-11-28" };

/** @param authorization a bearer's token, or undefined */
export function githubApi(artifacts: Artifacts, api: string, http: Http, authorization: string | undefined): GithubApi {
  const inWords = (url: string) => (thrown: unknown) => {
    throw inGithubWords(thrown, url, artifacts);
  };
  /** Nobody but the API is told the token. */
  const asking = (url: string, accept: string): RequestOptions =>
    url.startsWith(`${api}/`) ? { authorization, headers: { accept, ...VERSION } } : {};
  const document = (url: string, signal: AbortSignal | undefined): Promise<Document | undefined> =>
    http
      .getDocument(url, { ...asking(url, JSON_TYPE), signal })
      .catch((thrown) => (answerOf(thrown)?.status === 404 ? undefined : inWords(url)(thrown)));

  return {
    url: (path) => api + path,
    async get(path, signal) {
      const answer = await document(api + path, signal);
      return answer && parse(api + path, answer, artifacts);
    },
    async pages(path, { itemsOf, isEnough }, signal) {
      const items = [];
      let next: string | undefined = api + path;
      for (let page = 0; next !== undefined && page < PAGES_AT_MOST; page++) {
        const answer: Document | undefined = await document(next, signal);
        if (answer === undefined) return undefined;
        items.push(...itemsOf(fieldsOf(parse(next, answer, artifacts))));
        next = isEnough(items) ? undefined : nextPage(answer, api);
      }
      return items;
    },
    async text(url, accept, signal) {
      const { body } = await http.getDocument(url, { ...asking(url, accept), signal }).catch(inWords(url));
      return body.toString("utf8");
    },
    opener(url, accept) {
      const open = http.opener(url, asking(url, accept));
      return (...request) => open(...request).catch(inWords(url));
    },
  };
}

function parse(url: string, { body }: Document, artifacts: Artifacts): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw notGithub(url, artifacts, cause);
  }
}

/** `Link: <https://api.github.com/…&page=2>; rel="next", …`; of another server it is not followed with our token. */
function nextPage({ headers }: Document, api: string): string | undefined {
  const links = [headers.link ?? []].flat().join(", ");
  const next = /<([^>]+)>\s*;\s*rel="next"/.exec(links)?.[1];
  return next !== undefined && URL.canParse(next) && new URL(next).origin === new URL(api).origin ? next : undefined;
}
