import type { IncomingMessage, ServerResponse } from "node:http";
import { type FakeRepository, problem, RepositoryDouble } from "./github-repository.ts";
import { type HttpServer, type Route, startHttpServer } from "./http-server.ts";

export interface GithubServer {
  readonly server: HttpServer;
  /** The REST API's address, as an Enterprise server has it. */
  readonly api: string;
  /** By `owner/name`; may be changed at any time. */
  readonly repositories: Map<string, FakeRepository>;
  /** The paths below the API that were asked, their queries left out. */
  asked(): readonly string[];
  /** How many requests count against the limit by now. */
  counted(): number;
  /** Answers everything by this, until it is called without. */
  refuses(route?: Route): void;
  close(): Promise<void>;
}

export interface GithubOptions {
  readonly token?: string;
  /** Requests an hour. */
  readonly limit?: number;
}

const API = "/api/v3";
/** When it forgets what it counted. */
export const RESETS_AT = Math.floor(Date.UTC(2099, 0, 1, 12, 30) / 1000);

/**
 * A double of GitHub's REST API for what is read of it, by its description at docs.github.com/rest (version 2022-11-28):
 * releases and their assets, runs of workflows and their artifacts. JSON has an ETag, and a 304 is not counted; contents
 * are redirected to another host, which refuses who brings a token along.
 */
export async function startGithub({ token, limit = 5000 }: GithubOptions = {}): Promise<GithubServer> {
  const server = await startHttpServer();
  const repositories = new Map<string, FakeRepository>();
  let counted = 0;
  let refusal: Route | undefined;

  const refusalOf = ({ headers }: IncomingMessage): Route | undefined => {
    const { authorization, "user-agent": agent } = headers;
    if (agent === undefined) return problem(403, "Request forbidden by administrative rules.");
    if (refusal !== undefined) return refusal;
    if (authorization !== undefined && authorization !== `Bearer ${token}`) return problem(401, "Bad credentials");
    return counted >= limit ? problem(403, "API rate limit exceeded for 127.0.0.1.") : undefined;
  };

  const answerOf = (request: IncomingMessage): Route => {
    const [, name = "", path = ""] = /^\/repos\/([^/]+\/[^/]+)(.*)$/.exec(request.url?.slice(API.length) ?? "") ?? [];
    const repository = repositories.get(name);
    // What one may not see is not there.
    const isHidden = repository?.isPrivate === true && request.headers.authorization === undefined;
    if (repository === undefined || isHidden) return problem(404, "Not Found");
    return new RepositoryDouble(name, repository, { server, api: server.url(API) }).route(path, request);
  };

  server.route(`${API}/`, (request, answer) => {
    answer.setHeader("X-GitHub-Request-Id", "C0FF:EE");
    const route = refusalOf(request) ?? answerOf(request);
    countDown(answer, limit, counted);
    answer.once("finish", () => {
      if (answer.statusCode !== 304) counted++;
    });
    return route(request, answer);
  });

  return {
    server,
    api: server.url(API),
    repositories,
    asked: () =>
      server.requests
        .map(({ path }) => path.split("?", 1)[0] ?? "")
        .filter((path) => path.startsWith(API))
        .map((path) => path.slice(API.length)),
    counted: () => counted,
    refuses: (route) => {
      refusal = route;
    },
    close: () => server.close(),
  };
}

function countDown(answer: ServerResponse, limit: number, counted: number): void {
  answer.setHeader("X-RateLimit-Limit", limit);
  answer.setHeader("X-RateLimit-Remaining", Math.max(0, limit - counted - 1));
  answer.setHeader("X-RateLimit-Reset", RESETS_AT);
}
