import { resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import type { PullRequest } from "../flow/pull-all.ts";
import { asFailure, EXIT } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import type { PullEvent, PullResult } from "../model/repository.ts";
import { atLeastOne, type Commands } from "./commands.ts";
import { painter } from "./paint.ts";
import type { PullRows } from "./pull-rows.ts";
import { note, printJson, type Session, say } from "./session.ts";

interface PullOptions {
  readonly only: readonly string[];
  readonly exclude: readonly string[];
  readonly depth: number;
  readonly jobs: number;
  readonly timeout: number;
  readonly clone: boolean;
  readonly allBranches: boolean;
  readonly dryRun: boolean;
  readonly fetchOnly: boolean;
  readonly strict: boolean;
  readonly quiet: boolean;
  readonly yes: boolean;
  /** False for `--no-cluster`. */
  readonly cluster: boolean;
}

const HELP = `
Where the profile's cluster runs, CI's new builds of the services whose code
moved are swapped in as \`devenv fetch\` does it, pins kept. Those that run a
local build are rebuilt as a save does it, if you say so.`;

export function definePullAll({ program, run, profileOf }: Commands): void {
  program
    .command("pull-all")
    .description("fast-forwards every repository that can be, and touches nothing else")
    .argument("[root...]", "further folders with repositories, or repositories")
    .option("--only <pattern...>", "only these, by name (api, 'repos/*-service')", [])
    .option("--exclude <pattern...>", "all but these", [])
    .option("--depth <folders>", "how deep below each root repositories are looked for", atLeastOne, 1)
    .option("-j, --jobs <number>", "how many at once, at most", atLeastOne, 64)
    .addOption(
      new Option("--timeout <duration>", "what each may take (90s, 2m)").argParser(milliseconds).default(60_000, "1m"),
    )
    .option("--clone", "clone the profile's repositories that are missing", false)
    .option("--all-branches", "other local branches, too, where they only follow", false)
    .option("--fetch-only", "fetch and compare, move nothing", false)
    .option("--dry-run", "not even fetch: say what is known", false)
    .option("--strict", "exit code 1 when any repository was left behind", false)
    .option("-q, --quiet", "print only what needs you", false)
    .option("-y, --yes", "rebuild the services that run local builds, without a question", false)
    .option("--no-cluster", "leave the cluster as it is")
    .addHelpText("after", HELP)
    .action((roots: string[], options: PullOptions) => run((session) => pullAll(session, roots, options, profileOf())));
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function milliseconds(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? 0);
  if (!(ms > 0)) throw new InvalidArgumentError("It takes a duration such as 90s, 2m or 500ms.");
  return ms;
}

async function pullAll(
  session: Session,
  roots: readonly string[],
  options: PullOptions,
  name: string | undefined,
): Promise<number> {
  const [place, { pullAll: pull }] = await Promise.all([
    findPlace(session, name, roots),
    import("../flow/pull-all.ts"),
  ]);
  const { only, exclude, depth, jobs, timeout, clone, allBranches } = options;
  const request: PullRequest = {
    search: { ...place, named: place.profile?.repos ?? [], only, exclude, depth },
    profile: place.profile,
    reach: reachOf(options),
    clone,
    allBranches,
    jobs,
    timeoutMs: timeout,
  };
  const results = await pullBesideWatch(session, request, pull, await liveRows(session, options));
  await tell(session, results, options);
  const code = await exitCode(results, options);
  if (place.profile === undefined || !options.cluster || !results.some(hasMoved)) return code;
  const { afterPull } = await import("./pull-cluster.ts");
  const { quiet, yes } = options;
  return Math.max(code, await afterPull(session, { profile: place.profile, name, results, quiet, yes }));
}

type Pull = typeof import("../flow/pull-all.ts").pullAll;

async function pullBesideWatch(session: Session, request: PullRequest, pull: Pull, rows: PullRows | undefined) {
  const { machine } = session;
  const pullHeard = (hear: (event: PullEvent) => void = () => {}) =>
    pull(request, machine, (event) => {
      hear(event);
      rows?.take(event);
    }).finally(() => rows?.finish());
  if (request.profile === undefined || request.reach !== "forward") return pullHeard();
  const { besideWatch } = await import("../flow/pull-beside-watch.ts");
  return besideWatch(request.profile, (words) => note(session, words), machine, pullHeard);
}

const hasMoved = ({ outcome }: PullResult): boolean => outcome.kind === "moved" || outcome.kind === "cloned";

const reachOf = ({ dryRun, fetchOnly }: PullOptions): PullRequest["reach"] =>
  dryRun ? "look" : fetchOnly ? "fetch" : "forward";

interface Place {
  readonly workspace: string | undefined;
  readonly profile: Profile | undefined;
  /** Absolute. */
  readonly roots: readonly string[];
}

/**
 * Where to look. A profile that cannot be read is only noted, because a pull may bring what mends it; without a
 * workspace, the folders that were named are enough.
 */
async function findPlace(session: Session, name: string | undefined, given: readonly string[]): Promise<Place> {
  const [{ findWorkspace, hasProfiles }, { workspaceRoots }] = await Promise.all([
    import("../profile/workspace.ts"),
    import("../profile/roots.ts"),
  ]);
  const { environment, machine } = session.machine;
  const roots = given.map((root) => resolve(root));
  const workspace = await findWorkspace(process.cwd(), environment.DEVENV_ROOT).catch((thrown: unknown) => {
    if (roots.length === 0) throw thrown;
    return undefined;
  });
  if (workspace === undefined) return { workspace, profile: undefined, roots };
  const [further, profile] = await Promise.all([
    workspaceRoots(workspace, machine.home),
    session.profile(name).catch(async (thrown: unknown) => {
      if (name !== undefined) throw thrown;
      if (await hasProfiles(workspace)) note(session, `no profile is read: ${asFailure(thrown).message}`);
      return undefined;
    }),
  ]);
  return { workspace, profile, roots: [...roots, ...further] };
}

async function liveRows(session: Session, { quiet }: PullOptions) {
  if (!session.isLive || quiet) return undefined;
  const { PullRows } = await import("./pull-rows.ts");
  return new PullRows(painter(session.color), session.stdout.rows ?? 24);
}

async function tell(session: Session, results: readonly PullResult[], { quiet }: PullOptions): Promise<void> {
  const { pullReport, pullSummary } = await import("./pull-summary.ts");
  if (session.json) return printJson(session, pullReport(results));
  const columns = session.stdout.columns ?? Number.POSITIVE_INFINITY;
  const text = pullSummary(results, { paint: painter(session.color), quiet, columns });
  if (text !== "") say(session, text);
}

/** 1 when a remote could not be asked; with `--strict`, when anything was left behind. */
async function exitCode(results: readonly PullResult[], { strict }: PullOptions): Promise<number> {
  const { isFailedFetch, isLeftBehind } = await import("../plan/pull.ts");
  const isBad = ({ outcome }: PullResult): boolean => {
    if (outcome.kind === "behind") return strict;
    if (outcome.kind !== "left") return false;
    return isFailedFetch(outcome.reason) || (strict && isLeftBehind(outcome.reason));
  };
  return results.some(isBad) ? EXIT.failed : EXIT.done;
}
