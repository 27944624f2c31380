import type { Artifacts } from "../model/artifact-source.ts";
import { authorizationFor } from "./http/credentials.ts";
import { answerOf, type Http, type RequestOptions } from "./http/http.ts";
import { shown } from "./http/url.ts";
import { manifestSource } from "./manifest-builds.ts";
import type { Source } from "./source.ts";
import { httpFor, type SourceAccess } from "./source-access.ts";

/**
 * CI's builds in a folder behind a web server (`https://ci.example.org/builds/`), or in a bucket that is open for
 * reading: the layout of a `file:` folder, asked for with one request that the server may answer with 304.
 * @param url the folder's, with a slash at its end
 */
export async function httpsSource(url: string, artifacts: Artifacts, access: SourceAccess): Promise<Source> {
  const http = httpFor(artifacts, access);
  const authorization = await authorizationFor(artifacts.credentials, access.credential);
  const urlOf = (path: string) => new URL(path.split("/").map(encodeURIComponent).join("/"), url);
  return manifestSource({
    from: (path) => shown(urlOf(path)),
    read: (path, signal) => read(http, urlOf(path), { authorization, signal }),
    open: (path, offset, signal, version) =>
      http.openBody(urlOf(path).href, { offset, version }, { authorization, signal }),
  });
}

async function read(http: Http, url: URL, options: RequestOptions): Promise<string | undefined> {
  try {
    const { body } = await http.getDocument(url.href, options);
    return body.toString("utf8");
  } catch (thrown) {
    if (answerOf(thrown)?.status === 404) return undefined;
    throw thrown;
  }
}
