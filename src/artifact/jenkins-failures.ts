import type { Artifacts } from "../model/artifact-source.ts";
import { environmentFailure, type Failure, failed } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { answerOf } from "./http/http.ts";
import type { JenkinsBuild } from "./jenkins-answer.ts";

type Profile = Pick<Artifacts, "credentials" | "where">;

const TOKEN = "an API token is made in Jenkins under your name > Security";

/** What was thrown while Jenkins was asked, in Jenkins' own terms where it refused; anything else as it was. */
export function inJenkinsWords(thrown: unknown, url: string, profile: Profile): unknown {
  const answer = answerOf(thrown);
  if (answer?.status !== 401 && answer?.status !== 403) return thrown;
  const details = { where: profile.where, cause: answer };
  if (answer.status === 401) {
    const hint = `${credentialsHint(profile)}; ${TOKEN} (a password does not do where sign-in is by SSO)`;
    return environmentFailure(`Jenkins does not know this user or token: ${url}`, { ...details, hint });
  }
  const { "x-you-are-authenticated-as": user, "x-required-permission": permission } = answer.headers;
  // Without its name it is not Jenkins that refuses, but what stands before it, or what it redirected to.
  if (user === undefined) return thrown;
  const lacks = permission === undefined ? "" : ` (it asks for ${[permission].flat().join(", ")})`;
  if (user === "anonymous") {
    const message = `Jenkins lets nobody read this without a login${lacks}: ${url}`;
    return environmentFailure(message, { ...details, hint: `${credentialsHint(profile)}; ${TOKEN}` });
  }
  return environmentFailure(`Jenkins does not let ${[user].flat()[0]} read this${lacks}: ${url}`, {
    ...details,
    hint: "ask who runs Jenkins for the permission to read this job and its artifacts",
  });
}

const credentialsHint = ({ credentials }: Profile): string =>
  credentials === undefined
    ? "write credentials: { user: JENKINS_USER, token: JENKINS_TOKEN }, the names of variables, beside the source"
    : `correct what ${[credentials.user, credentials.token].filter(Boolean).join(" and ")} hold`;

/** Jenkins hides what one may not see behind the same answer as what is not there. */
export const noSuchBuild = (url: string, { credentials, where }: Profile): Failure =>
  environmentFailure(`Jenkins has no such job or build: ${url}`, {
    where,
    hint: [
      "correct the job's address, or let it succeed once",
      ...(credentials === undefined ? ["a job that needs a login looks the same: name credentials"] : []),
    ].join("; "),
  });

export const notJenkins = (url: string, { where }: Profile, cause?: unknown): Failure =>
  environmentFailure(`no answer of Jenkins' API, but a page: ${url}`, {
    where,
    hint: "the address must be a job's (…/job/NAME); a proxy that asks for a login in the browser must let API tokens pass",
    cause,
  });

/** Why a build that somebody asked for by its number cannot be had. */
export function notBuilt(service: ServiceName, { number, result }: JenkinsBuild, url: string): Failure {
  if (result === undefined) {
    return failed(`${service}: build ${number} is still running: ${url}`, { hint: "wait for it, or name another one" });
  }
  return failed(`${service}: build ${number} has no artifacts to run, it ended as ${result}: ${url}`, {
    hint: "name another build: `devenv artifacts list` shows those that succeeded",
  });
}

/** Thrown when a content is opened that the policy `checksum` asks one for. */
export const noChecksum = (from: string, { where }: Profile): Failure =>
  failed(`Jenkins has no checksum of ${from}`, {
    where,
    hint: [
      "the policy is checksum: archive with `archiveArtifacts fingerprint: true`, archive a .sha256 file beside it",
      "or write policy: exists",
    ].join(", "),
  });
