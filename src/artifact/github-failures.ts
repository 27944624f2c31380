import type { Artifacts } from "../model/artifact-source.ts";
import { asFailure, environmentFailure, type Failure, type FailureDetails, failed } from "../model/failure.ts";
import { answerOf, type HttpAnswer } from "./http/http.ts";

type Profile = Pick<Artifacts, "credentials" | "where">;

const NAME_TOKEN = "write credentials: { token: GITHUB_TOKEN }, the name of a variable, beside the source";

/**
 * What was thrown while GitHub was asked, in GitHub's own terms where it refused; anything else as it was.
 * https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export function inGithubWords(thrown: unknown, url: string, profile: Profile): unknown {
  const answer = answerOf(thrown);
  const details = { where: profile.where, cause: answer };
  // Without it, it is not GitHub that refuses, but a proxy, or the host of files that it redirected to.
  if (answer?.headers["x-github-request-id"] === undefined) return thrown;
  switch (answer.status) {
    case 401:
      return unauthorized(url, profile, details);
    case 403:
    case 429:
      return limited(answer, url, profile, details) ?? forbidden(thrown, answer, url, profile);
    case 404:
      return notFound(url, profile, answer);
    case 410:
      return environmentFailure(`GitHub keeps this no more: ${url}`, { ...details, hint: RUN_AGAIN });
    default:
      return thrown;
  }
}

const RUN_AGAIN =
  "artifacts of a workflow expire (retention-days of upload-artifact): run the workflow again, or take a newer build";

function unauthorized(url: string, { credentials }: Profile, details: FailureDetails): Failure {
  if (credentials !== undefined) {
    const hint = `${credentials.token} holds a token that is wrong, has expired or was revoked`;
    return environmentFailure(`GitHub does not know the token: ${url}`, { ...details, hint });
  }
  const hint = `the artifacts of a workflow need one in a public repository too: ${NAME_TOKEN}`;
  return environmentFailure(`GitHub gives this to nobody without a token: ${url}`, { ...details, hint });
}

/** Undefined when no limit was the reason. A limit of either kind is told by 403 or by 429. */
function limited(
  { headers, status }: HttpAnswer,
  url: string,
  { credentials }: Profile,
  details: FailureDetails,
): Failure | undefined {
  const number = (name: string) => (headers[name] === undefined ? undefined : Number(headers[name]));
  const hint = credentials === undefined ? `with a token it is 5,000 an hour: ${NAME_TOKEN}` : "wait until then";
  const [limit, reset, pause] = [number("x-ratelimit-limit"), number("x-ratelimit-reset"), number("retry-after")];
  if (number("x-ratelimit-remaining") === 0) {
    const until = reset === undefined ? "" : ` until ${new Date(reset * 1000).toLocaleTimeString("en-GB")}`;
    const message = `GitHub's limit of ${limit ?? "all"} requests an hour is used up${until}: ${url}`;
    return environmentFailure(message, { ...details, hint });
  }
  if (pause === undefined && status !== 429) return undefined;
  const message = `GitHub asks to wait ${pause ?? 60} seconds, it was asked too much at once: ${url}`;
  return environmentFailure(message, {
    ...details,
    hint: "wait so long, then again; lower jobs: in x-devenv.artifacts",
  });
}

/** Of all other reasons, GitHub's own words say most: which scope is missing, which policy of the organisation forbids it. */
function forbidden(thrown: unknown, answer: HttpAnswer, url: string, { credentials, where }: Profile): Failure {
  const details = { where, cause: answer };
  if (String(answer.headers["x-github-sso"] ?? "").startsWith("required")) {
    return environmentFailure(`the token is not authorised for the organisation's single sign-on: ${url}`, {
      ...details,
      hint: "on GitHub: Settings > Developer settings > Personal access tokens > Configure SSO",
    });
  }
  const needs = "a fine-grained token needs Contents: read for releases, Actions: read for a workflow's artifacts";
  return environmentFailure(asFailure(thrown).message, {
    ...details,
    hint: credentials === undefined ? NAME_TOKEN : needs,
  });
}

/** GitHub hides what one may not see behind the same answer as what is not there. */
export function notFound(url: string, { credentials, where }: Profile, cause?: unknown): Failure {
  const hint =
    credentials === undefined
      ? `correct its name; a private repository looks the same without a token: ${NAME_TOKEN}`
      : "correct its name; what the token may not read (Contents: read, Actions: read) looks the same";
  return environmentFailure(`GitHub has nothing here: ${url}`, { where, hint, cause });
}

export const notGithub = (url: string, { where }: Profile, cause?: unknown): Failure =>
  environmentFailure(`no answer of GitHub's API: ${url}`, {
    where,
    hint: "api: is the address of the REST API: https://api.github.com, or https://HOST/api/v3 of an Enterprise server",
    cause,
  });

/** Thrown when a content is opened that GitHub keeps no more. */
export const expired = (name: string, run: string, since: string | undefined, { where }: Profile): Failure =>
  failed(`${name} of run ${run} has expired${since === undefined ? "" : ` (${since.slice(0, 10)})`}`, {
    where,
    hint: RUN_AGAIN,
  });

/** Thrown when a content is opened that the policy `checksum` asks one for. */
export const noDigest = (from: string, { where }: Profile): Failure =>
  failed(`GitHub has no checksum of ${from}`, {
    where,
    hint: [
      "the policy is checksum; GitHub has one of what was uploaded since June 2025, or by upload-artifact v4:",
      "upload it again, or write policy: exists",
    ].join(" "),
  });
