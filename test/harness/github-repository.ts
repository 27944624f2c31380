import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { file, type HttpServer, type Route, redirect, says } from "./http-server.ts";

export interface FakeRelease {
  readonly tag: string;
  readonly draft?: boolean;
  readonly prerelease?: boolean;
  readonly commitish?: string;
  /** Content by name. */
  readonly assets?: Readonly<Record<string, string | Buffer>>;
  /** Uploaded before June 2025: then it has no digest. */
  readonly isOld?: boolean;
}

export interface FakeRun {
  readonly number: number;
  /** `main` unless given. */
  readonly branch?: string;
  /** `push` unless given. */
  readonly event?: string;
  /** `success` unless given. */
  readonly conclusion?: string;
  /** Of a pull request from another repository. */
  readonly fromFork?: boolean;
  readonly attempt?: number;
  /** Zips by name. */
  readonly artifacts?: Readonly<Record<string, Buffer>>;
  /** ISO 8601; far away unless given. */
  readonly expires?: string;
}

export interface FakeRepository {
  /** Newest first. */
  releases?: readonly FakeRelease[];
  /** Newest first, by the workflow's file. */
  runs?: Readonly<Record<string, readonly FakeRun[]>>;
  readonly isPrivate?: boolean;
  /** How the host of files gives a content; as servers of files do unless given. */
  readonly files?: (content: string | Buffer) => Route;
}

/** What the API says of one repository: its releases and their assets, its workflows' runs and their artifacts. */
export class RepositoryDouble {
  readonly #name: string;
  readonly #repository: FakeRepository;
  readonly #server: HttpServer;
  readonly #url: string;

  constructor(name: string, repository: FakeRepository, { server, api }: { server: HttpServer; api: string }) {
    this.#name = name;
    this.#repository = repository;
    this.#server = server;
    this.#url = `${api}/repos/${name}`;
  }

  route(url: string, request: IncomingMessage): Route {
    const { pathname, searchParams } = new URL(url, "http://api");
    const { releases = [] } = this.#repository;
    const [, kind = "", rest = ""] = /^\/(releases|actions)?(.*)$/.exec(pathname) ?? [];
    if (kind === "actions") return this.#actions(rest, searchParams, request);
    if (kind === "") return document({ id: 1, full_name: this.#name, default_branch: "main", private: false });
    if (rest === "")
      return this.#page(
        releases.map((each) => this.#release(each)),
        searchParams,
        (items) => items,
      );
    const asset = /^\/assets\/(\d+)$/.exec(rest)?.[1];
    if (asset !== undefined) return this.#asset(Number(asset), request);
    const release =
      rest === "/latest"
        ? releases.find(({ draft, prerelease }) => !draft && !prerelease)
        : releases.find(({ tag, draft }) => rest === `/tags/${encodeURIComponent(tag)}` && !draft);
    return release === undefined ? problem(404, "Not Found") : document(this.#release(release));
  }

  #release({ tag, draft = false, prerelease = false, commitish = "main", assets = {}, isOld = false }: FakeRelease) {
    return {
      url: `${this.#url}/releases/1`,
      id: idOf(tag),
      tag_name: tag,
      target_commitish: commitish,
      name: `Release ${tag}`,
      draft,
      prerelease,
      created_at: "2026-11-19T08:00:00Z",
      published_at: "2026-11-20T10:00:00Z",
      assets: Object.entries(assets).map(([name, content]) => ({
        url: `${this.#url}/releases/assets/${idOf(tag, name, content)}`,
        id: idOf(tag, name, content),
        name,
        label: null,
        state: "uploaded",
        content_type: "application/octet-stream",
        size: Buffer.from(content).length,
        digest: isOld ? null : sha256(content),
        // What everybody may have lies on another host, and is redirected once more.
        browser_download_url: this.#elsewhere(`download/${tag}/${name}`, content),
      })),
    };
  }

  #asset(id: number, request: IncomingMessage): Route {
    const all = (this.#repository.releases ?? []).flatMap(({ tag, assets = {} }) =>
      Object.entries(assets).map(([name, content]) => ({ id: idOf(tag, name, content), name, content })),
    );
    const asset = all.find((each) => each.id === id);
    if (asset === undefined) return problem(404, "Not Found");
    if (request.headers.accept !== "application/octet-stream") return document({ id, name: asset.name });
    return redirect(this.#elsewhere(`assets/${id}`, asset.content));
  }

  #actions(path: string, query: URLSearchParams, request: IncomingMessage): Route {
    const workflow = /^\/workflows\/([^/]+)\/runs$/.exec(path)?.[1];
    if (workflow !== undefined) return this.#runs(decodeURIComponent(workflow), query);
    const run = /^\/runs\/(\d+)\/artifacts$/.exec(path)?.[1];
    const artifacts = this.#artifacts().filter(({ of }) => run === undefined || of.id === Number(run));
    if (run !== undefined || path === "/artifacts") {
      const facts = artifacts.map((artifact) => artifact.facts);
      return this.#page(facts, query, (items) => ({ total_count: facts.length, artifacts: items }));
    }
    const id = Number(/^\/artifacts\/(\d+)\/zip$/.exec(path)?.[1]);
    const artifact = artifacts.find(({ facts }) => facts.id === id);
    if (artifact === undefined) return problem(404, "Not Found");
    // Of public repositories too: github/rest-api-description#4569.
    if (request.headers.authorization === undefined) {
      return problem(401, "You must have the actions scope to download artifacts.");
    }
    if (artifact.facts.expired) return problem(410, "Artifact has expired");
    return redirect(this.#elsewhere(`artifacts/${id}.zip`, artifact.content));
  }

  #runs(workflow: string, query: URLSearchParams): Route {
    const runs = this.#repository.runs?.[workflow];
    if (runs === undefined) return problem(404, "Not Found");
    const [branch, status] = [query.get("branch"), query.get("status")];
    const wanted = runs
      .map((run) => this.#run(workflow, run))
      .filter((run) => branch === null || run.head_branch === branch)
      .filter((run) => status === null || run.conclusion === status);
    return this.#page(wanted, query, (items) => ({ total_count: wanted.length, workflow_runs: items }));
  }

  #run(workflow: string, run: FakeRun) {
    const { number, branch = "main", event = "push", conclusion = "success", fromFork = false, attempt = 1 } = run;
    const repository = { id: 1, full_name: this.#name };
    return {
      id: 9000 + number,
      name: "Build",
      path: `.github/workflows/${workflow}`,
      run_number: number,
      run_attempt: attempt,
      event,
      status: "completed",
      conclusion,
      head_branch: branch,
      head_sha: String(number).padStart(40, "0"),
      created_at: "2026-11-20T10:00:00Z",
      run_started_at: "2026-11-20T10:00:00Z",
      updated_at: "2026-11-20T10:05:00Z",
      repository,
      head_repository: fromFork ? { id: 666, full_name: "someone/books" } : repository,
    };
  }

  /** Of all runs, newest first. */
  #artifacts() {
    return Object.entries(this.#repository.runs ?? {})
      .flatMap(([workflow, runs]) => runs.map((run) => ({ run, of: this.#run(workflow, run) })))
      .flatMap(({ run, of }) =>
        Object.entries(run.artifacts ?? {}).map(([name, content]) => ({ run, of, name, content })),
      )
      .map(({ run, of, name, content }) => {
        const { expires = "2099-01-01T00:00:00Z" } = run;
        const id = of.id * 1000 + (idOf(name) % 100) + of.run_attempt * 100;
        const facts = {
          id,
          name,
          size_in_bytes: content.length,
          url: `${this.#url}/actions/artifacts/${id}`,
          archive_download_url: `${this.#url}/actions/artifacts/${id}/zip`,
          expired: Date.parse(expires) < Date.now(),
          digest: sha256(content),
          created_at: of.updated_at,
          expires_at: expires,
          updated_at: of.updated_at,
          workflow_run: {
            id: of.id,
            repository_id: 1,
            head_repository_id: of.head_repository.id,
            head_branch: of.head_branch,
          },
        };
        return { of, facts, content };
      });
  }

  /** A part of a list, with the way to the next one in `Link`. */
  #page<Item>(items: readonly Item[], query: URLSearchParams, body: (items: readonly Item[]) => unknown): Route {
    const [size, page] = [Number(query.get("per_page") ?? 30), Number(query.get("page") ?? 1)];
    const shown = items.slice((page - 1) * size, page * size);
    return (request, answer) => {
      const next = new URL(this.#server.url(request.url ?? ""));
      next.searchParams.set("page", String(page + 1));
      if (page * size < items.length) answer.setHeader("Link", `<${next}>; rel="next", <${next}>; rel="last"`);
      return document(body(shown))(request, answer);
    };
  }

  /** The address of a content on the host of files, signed as Azure's and S3's are. */
  #elsewhere(path: string, content: string | Buffer): string {
    const route = `/files/${this.#name}/${path}`;
    const { files: gives = file } = this.#repository;
    this.#server.route(route, (request, answer) => {
      // What Azure says to two ways of being authenticated at once: XAMPPRocky/octocrab#563.
      const refusal = says(403, { body: "<Error><Code>AuthenticationFailed</Code></Error>" });
      return (request.headers.authorization === undefined ? gives(content) : refusal)(request, answer);
    });
    return this.#server.url(`${route}?sig=abc`, "localhost");
  }
}

const document = (value: unknown): Route => file(JSON.stringify(value), { type: "application/json; charset=utf-8" });

/** A number for what has none in a test: the same for the same. */
const idOf = (...parts: readonly (string | Buffer)[]): number =>
  createHash("sha256")
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest()
    .readUInt32BE(0);

const sha256 = (content: string | Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

export const problem = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Route =>
  says(status, {
    headers: { "Content-Type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify({ message, documentation_url: "https://docs.github.com/rest", status: String(status) }),
  });
