import type { Packing } from "../model/artifact.ts";
import type { ServiceName } from "../model/names.ts";
import { fieldsOf } from "./answer-fields.ts";
import { underPolicy } from "./checksum-policy.ts";
import { type Run, type RunArtifact, readRunArtifacts, readRuns } from "./github-answer.ts";
import type { GithubAsking } from "./github-asking.ts";
import { expired, noDigest } from "./github-failures.ts";
import { contentsOf, type Listed, type Part } from "./listed-build.ts";
import type { BuildsOf } from "./questions.ts";
import type { CiBuild, Content } from "./source.ts";
import type { ContentPath } from "./templates.ts";

/** Which workflow, and on which branch: the repository's default one where none is named. */
export interface Workflow {
  /** `build.yml` */
  readonly workflow: string;
  readonly branch: string | undefined;
}

/** How many runs a list holds at most. */
const RUNS_LISTED = 50;
/** Of the newest ones some may be for forks or pull requests, which are passed over. */
const RUNS_LOOKED_AT = 20;
const PER_PAGE = 100;

/**
 * The successful runs that are wanted, as builds of a service; undefined when there is no such repository or workflow.
 * While the newest run is the same one, this is one request: what it uploaded is kept.
 */
export async function workflowBuilds(workflow: Workflow, asking: GithubAsking): Promise<BuildsOf | undefined> {
  const runs = await runsOf(workflow, asking);
  if (runs === undefined) return undefined;
  const uploaded =
    asking.wanted.is === "all" ? await uploadedByAll(runs, asking) : await uploadedByOne(runs, workflow, asking);
  return (service) => Promise.all(runs.map((run) => buildOf(service, run, uploaded.get(run.id) ?? [], asking)));
}

async function runsOf(workflow: Workflow, asking: GithubAsking): Promise<readonly Run[] | undefined> {
  const { about, wanted, api, signal } = asking;
  const branch = workflow.branch ?? (await defaultBranch(asking));
  if (branch === undefined) return undefined;
  const own = (runs: readonly Run[]) =>
    runs.filter((run) => run.isOwn && (wanted.is !== "numbered" || run.number === wanted.number));
  const most = wanted.is === "all" ? RUNS_LISTED : 1;
  const query = new URLSearchParams({
    branch,
    status: "success",
    per_page: String(wanted.is === "newest" ? RUNS_LOOKED_AT : PER_PAGE),
  });
  const runs = await api.pages(
    `${workflowPath(about, workflow)}?${query}`,
    { itemsOf: readRuns, isEnough: (items) => own(items).length >= most },
    signal,
  );
  return runs && own(runs).slice(0, most);
}

/** A workflow is known by its file's name, without the folder. */
export const workflowPath = (repository: string, { workflow }: Workflow): string =>
  `/repos/${repository}/actions/workflows/${encodeURIComponent(workflow.replace(/^.*\//, ""))}/runs`;

/** Asked for once a day: it hardly ever changes, and every other question is answered by one request. */
async function defaultBranch({ about, api, access, signal }: GithubAsking): Promise<string | undefined> {
  const today = new Date().toISOString().slice(0, "2026-11-21".length);
  const path = `/repos/${about}`;
  return access.kept.of(`${api.url(path)} default branch`, today, async () => {
    return fieldsOf(await api.get(path, signal)).text("default_branch");
  });
}

type Uploaded = ReadonlyMap<Run["id"], readonly RunArtifact[]>;

async function uploadedByOne([run]: readonly Run[], { workflow }: Workflow, asking: GithubAsking): Promise<Uploaded> {
  if (run === undefined) return new Map();
  const { about, wanted, api, access, signal } = asking;
  const path = `/repos/${about}/actions/runs/${run.id}/artifacts?per_page=${PER_PAGE}`;
  const place = [api.url(`/repos/${about}`), workflow, wanted.is === "numbered" ? wanted.number : "newest"].join(" ");
  const answer = await access.kept.of(place, run.version, async () => {
    const all = await api.pages(path, { itemsOf: readRunArtifacts, isEnough: () => false }, signal);
    return all && JSON.stringify(all);
  });
  return new Map([[run.id, JSON.parse(answer ?? "[]") as readonly RunArtifact[]]]);
}

/** Not run by run, but out of the list of all that the repository has, newest first. */
async function uploadedByAll(runs: readonly Run[], { about, api, signal }: GithubAsking): Promise<Uploaded> {
  if (runs.length === 0) return new Map();
  const oldest = Math.min(...runs.map(({ id }) => id));
  const path = `/repos/${about}/actions/artifacts?per_page=${PER_PAGE}`;
  const isEnough = (all: readonly RunArtifact[]) => all.some(({ run = oldest }) => run < oldest);
  const all = (await api.pages(path, { itemsOf: readRunArtifacts, isEnough }, signal)) ?? [];
  return new Map(runs.map(({ id }) => [id, all.filter(({ run }) => run === id)]));
}

async function buildOf(
  service: ServiceName,
  run: Run,
  uploaded: readonly RunArtifact[],
  asking: GithubAsking,
): Promise<CiBuild> {
  const { artifacts, access } = asking;
  const { number, commit, at } = run;
  const listed = uploaded.map(
    (artifact): Listed => ({ name: artifact.name, content: async (part) => contentOf(artifact, run, part, asking) }),
  );
  const filling = { service, build: number, ...(commit !== undefined && { commit }) };
  const contents = await contentsOf(listed, { artifacts, kind: access.kindOf(service), filling, packing });
  return { service, name: `ci:${number}`, commit, at, ...contents };
}

/**
 * What is uploaded comes as a zip, whatever it is called; except one file that upload-artifact v7 was told to leave as
 * it is (`archive: false`). GitHub's list does not say which; the artifact is called like the file then, so that an
 * archive is known by its name.
 */
const packing = ({ packing: byName }: ContentPath): Packing => (byName === "none" ? "zip" : byName);

function contentOf(artifact: RunArtifact, run: Run, part: Part, { about, artifacts, api }: GithubAsking): Content {
  const path = `/repos/${about}/actions/artifacts/${artifact.id}/zip`;
  const from = api.url(path);
  const { name, checksum, size, isExpired, expires } = artifact;
  const download = api.opener(from, "application/vnd.github+json");
  const open: Content["open"] = async (...request) => {
    // The list may have been kept since before it expired.
    const isGone = isExpired || (expires !== undefined && Date.parse(expires) < Date.now());
    if (isGone) throw expired(name, run.number, expires, artifacts);
    return download(...request);
  };
  const content = { from, key: from, ...part, checksum, size, open };
  return underPolicy(content, artifacts.policy, () => noDigest(from, artifacts));
}
