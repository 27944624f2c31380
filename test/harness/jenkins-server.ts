import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basic, file, type HttpServer, redirect, says, startHttpServer } from "./http-server.ts";

/** A build as a test describes it. */
export interface FakeBuild {
  readonly number: number;
  /** SUCCESS unless given; null while it runs. */
  readonly result?: string | null;
  /** Whether it still runs: a pipeline may know its result before it has ended. */
  readonly building?: boolean;
  readonly timestamp?: number;
  /** Content by relative path. */
  readonly artifacts?: Readonly<Record<string, string | Buffer>>;
  /** What `archiveArtifacts fingerprint: true` notes; by the names without folders, as Jenkins keeps them. */
  readonly fingerprints?: readonly { readonly fileName: string; readonly hash: string }[];
  readonly actions?: readonly object[];
}

export interface JenkinsServer {
  readonly server: HttpServer;
  /** A job's address: `job("books")`, `job("team", "books", "main")` in folders. */
  job(...path: readonly string[]): string;
  /** Sets the builds of a job, newest first. */
  has(job: string, ...builds: readonly FakeBuild[]): void;
  close(): Promise<void>;
}

export interface JenkinsOptions {
  /** Whom it lets read; everybody unless given. */
  readonly user?: { readonly name: string; readonly token: string };
  /** Who is known, but may read nothing. */
  readonly outsider?: { readonly name: string; readonly token: string };
  /** As the artifact manager for S3 does: artifacts are redirected to another host. */
  readonly artifactsElsewhere?: boolean;
  /** How long it takes to begin each answer. */
  readonly latencyMs?: number;
}

/**
 * A double of Jenkins 2.4xx for what is read of it: jobs in folders, `api/json?tree=…` for jobs and builds, permalinks,
 * artifacts, and its ways to refuse (core/src/main/java: hudson/model/Run, hudson/security/AccessDeniedException3).
 */
export async function startJenkins(options: JenkinsOptions = {}): Promise<JenkinsServer> {
  const server = await startHttpServer({ latencyMs: options.latencyMs ?? 0 });
  const jobs = new Map<string, readonly FakeBuild[]>();
  server.route("/", (request, answer) => {
    answer.setHeader("X-Jenkins", "2.462.3");
    if (!isLetIn(request, answer, options)) return;
    const { pathname, searchParams } = new URL(server.url(request.url ?? ""));
    const path = pathname.split("/").map(decodeURIComponent).join("/");
    const [, job = "", rest = ""] = /^((?:\/job\/[^/]+)+)\/(.*)$/.exec(path) ?? [];
    return respond(jobs.get(job), rest, searchParams)(request, answer);
  });

  const respond = (builds: readonly FakeBuild[] | undefined, rest: string, query: URLSearchParams) => {
    if (builds === undefined) return page(404, "Not Found");
    if (rest === "api/json") return json(exported({ builds: builds.map(facts) }, query));
    const [, name = "", what = ""] = /^([^/]+)\/(.*)$/.exec(rest) ?? [];
    const build = named(builds, name);
    if (build === undefined) return page(404, "Not Found");
    if (what === "api/json") return json(exported(facts(build), query));
    const content = build.artifacts?.[what.replace(/^artifact\//, "")];
    if (content === undefined) return page(404, "Not Found");
    if (options.artifactsElsewhere !== true) return file(content, { etag: null });
    server.route(`/bucket/${build.number}/${what}`, refusingCredentials(file(content)));
    return redirect(server.url(`/bucket/${build.number}/${what}?X-Amz-Signature=abc`, "localhost"));
  };

  return {
    server,
    job: (...path) => server.url(path.map((name) => `/job/${name}`).join("")),
    has: (job, ...builds) => void jobs.set(new URL(job).pathname, builds),
    close: () => server.close(),
  };
}

/** S3 takes a signature in the query or a header, never both. */
const refusingCredentials =
  (route: ReturnType<typeof file>): ReturnType<typeof file> =>
  (request, answer) =>
    (request.headers.authorization === undefined ? route : says(400, { body: "<Code>InvalidArgument</Code>" }))(
      request,
      answer,
    );

function isLetIn({ headers }: IncomingMessage, answer: ServerResponse, { user, outsider }: JenkinsOptions): boolean {
  if (user === undefined) return true;
  const { authorization } = headers;
  if (authorization === basic(user.name, user.token)) return true;
  const known = outsider && authorization === basic(outsider.name, outsider.token) ? outsider.name : undefined;
  if (authorization !== undefined && known === undefined) {
    answer.writeHead(401, { "WWW-Authenticate": 'Basic realm="Jenkins"', "Content-Type": "text/html;charset=utf-8" });
    answer.end("<html><head><title>Error 401 Unauthorized</title></head><body><h2>HTTP ERROR 401</h2></body></html>");
    return false;
  }
  answer.writeHead(403, {
    "Content-Type": "text/html;charset=utf-8",
    "X-You-Are-Authenticated-As": known ?? "anonymous",
    "X-You-Are-In-Group-Disabled":
      "JENKINS-39402: use -Dhudson.security.AccessDeniedException2.REPORT_GROUP_HEADERS=true",
    "X-Required-Permission": "hudson.model.Hudson.Read",
    "X-Permission-Implied-By": "hudson.security.Permission.GenericRead",
  });
  answer.end(
    "<html><head><meta http-equiv='refresh' content='1;url=/login?from=%2F'/></head><body>Authentication required",
  );
  return false;
}

const page = (status: number, title: string) =>
  says(status, {
    headers: { "Content-Type": "text/html;charset=utf-8" },
    body: `<html><body><h1>${title}</h1></body></html>`,
  });

/** The API gives no ETag. */
const json = (value: unknown) => file(JSON.stringify(value), { etag: null, type: "application/json;charset=utf-8" });

function named(builds: readonly FakeBuild[], name: string): FakeBuild | undefined {
  const good = (build: FakeBuild) => !isBuilding(build) && ["SUCCESS", "UNSTABLE"].includes(resultOf(build) ?? "");
  return name === "lastSuccessfulBuild" ? builds.find(good) : builds.find(({ number }) => String(number) === name);
}

const resultOf = ({ result }: FakeBuild): string | null => (result === undefined ? "SUCCESS" : result);

const isBuilding = (build: FakeBuild): boolean => build.building ?? resultOf(build) === null;

/** hudson.model.Run as it exports itself. */
function facts(build: FakeBuild): Exported {
  return {
    _class: "org.jenkinsci.plugins.workflow.job.WorkflowRun",
    actions: [{ _class: "hudson.model.CauseAction" }, {}, ...(build.actions ?? [])],
    artifacts: Object.keys(build.artifacts ?? {}).map((relativePath) => ({
      displayPath: relativePath,
      fileName: relativePath.replace(/^.*\//, ""),
      relativePath,
    })),
    building: isBuilding(build),
    displayName: `#${build.number}`,
    duration: 28750,
    id: String(build.number),
    number: build.number,
    result: resultOf(build),
    timestamp: build.timestamp ?? Date.UTC(2026, 10, 20, 10, 0, 0),
    // `visibility = -1`: only for who asks for it by its name.
    fingerprint: (build.fingerprints ?? []).map((each) => ({ ...each, timestamp: 1, usage: [] })),
  };
}

type Exported = Readonly<Record<string, unknown>>;

/** What `tree` asks for, as org.kohsuke.stapler.export.NamedPathPruner reads it: `a,b[c,d]{0,50}`. */
function exported(value: Exported, query: URLSearchParams): unknown {
  const tree = query.get("tree");
  if (tree === null) return { ...value, fingerprint: undefined };
  const tokens = [...tree.matchAll(/[^,[\]{}]+|[,[\]{}]/g)].map(([token]) => token);
  return prune(value, readTree(tokens));
}

interface Pruner {
  readonly fields: Map<string, Pruner>;
  range?: readonly [number, number];
}

function readTree(tokens: string[]): Pruner {
  const pruner: Pruner = { fields: new Map() };
  for (let token = tokens.shift(); token !== undefined && token !== "]"; token = tokens.shift()) {
    if (token === ",") continue;
    const isOpened = tokens[0] === "[";
    if (isOpened) tokens.shift();
    const child: Pruner = isOpened ? readTree(tokens) : { fields: new Map() };
    if (tokens[0] === "{") {
      const [, from, , to] = tokens.splice(0, 5);
      child.range = [Number(from), Number(to)];
    }
    pruner.fields.set(token, child);
  }
  return pruner;
}

function prune(value: unknown, pruner: Pruner): unknown {
  if (Array.isArray(value)) return value.slice(...(pruner.range ?? [])).map((each) => prune(each, pruner));
  if (typeof value !== "object" || value === null || pruner.fields.size === 0) return value;
  const { _class, ...fields } = value as Exported;
  const kept = Object.entries(fields).flatMap(([name, each]) => {
    const child = pruner.fields.get(name);
    return child === undefined ? [] : [[name, prune(each, child)]];
  });
  return { ...(_class !== undefined && { _class }), ...Object.fromEntries(kept) };
}

export const md5 = (content: string | Buffer): string => createHash("md5").update(content).digest("hex");
