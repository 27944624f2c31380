import type { Artifacts } from "../model/artifact-source.ts";
import type { GithubApi } from "./github-api.ts";
import type { Question } from "./questions.ts";
import type { ServerAccess } from "./server-access.ts";

/** A question about a repository (`owner/name`), and what answering it takes. */
export interface GithubAsking extends Question {
  readonly artifacts: Artifacts;
  readonly api: GithubApi;
  readonly access: ServerAccess;
  readonly signal: AbortSignal | undefined;
}
