import type { Artifacts } from "../model/artifact-source.ts";
import { authorizationFor } from "./http/credentials.ts";
import type { Http } from "./http/http.ts";
import { type KeptAnswers, openKeptAnswers } from "./kept-answer.ts";
import { httpFor, type SourceAccess } from "./source-access.ts";

/** What a source asks a server by, and for whom. */
export interface ServerAccess extends Pick<SourceAccess, "kindOf"> {
  readonly http: Http;
  /** The value of `Authorization`. */
  readonly authorization: string | undefined;
  readonly kept: KeptAnswers;
}

/** @throws Failure when a variable that the profile names under `credentials` has no value. */
export async function serverAccess(artifacts: Artifacts, access: SourceAccess): Promise<ServerAccess> {
  return {
    http: httpFor(artifacts, access),
    authorization: await authorizationFor(artifacts.credentials, (name) => access.credential(name)),
    kept: openKeptAnswers(access.cacheFolder),
    kindOf: (service) => access.kindOf(service),
  };
}
