import { fetchCounts } from "../flow/fetch-result.ts";
import type { ProfileNews, PulledCluster } from "../flow/pull-cluster.ts";
import type { Rebuilt } from "../flow/rebuild.ts";
import { asFailure, EXIT, type FailureReport, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { PullResult } from "../model/repository.ts";
import { explain } from "./explain.ts";
import { printFailures, printRows } from "./fetch-rows.ts";
import { painter } from "./paint.ts";
import { showProgress } from "./progress.ts";
import { note, printJson, type Session, say } from "./session.ts";
import { surroundingsLine } from "./surroundings-lines.ts";
import { toldOnce } from "./told-once.ts";
import { watchLine } from "./watch-lines.ts";

export interface AfterPull {
  /** As it was before the pull, and how the person named it. */
  readonly profile: Profile;
  readonly name: string | undefined;
  readonly results: readonly PullResult[];
  readonly quiet: boolean;
  readonly yes: boolean;
}

/** What became of the services that run their work tree's code: not built where nobody said so. */
interface Built {
  readonly rows: readonly Rebuilt[] | undefined;
  readonly failure: FailureReport | undefined;
}

/** Brings the cluster that runs after what was pulled. Gives 1 where something of it could not be refreshed. */
export async function afterPull(session: Session, pulled: AfterPull): Promise<number> {
  const { refreshCluster } = await import("../flow/pull-cluster.ts");
  const { machine } = session;
  const progress = session.json || pulled.quiet ? undefined : showProgress(session);
  const tellNote = (words: string) => note(session, painter(session.color)("dim", words));
  const { profile, name, results } = pulled;
  const after = { profile, results, reload: () => session.profile(name), note: tellNote };
  const found = await refreshCluster(after, machine).finally(() => progress?.finish());
  if (found === undefined) return EXIT.done;
  if (!session.json) tellRefreshed(session, found, pulled.quiet);
  const built = await buildLocal(session, found, pulled);
  if (session.json) printJson(session, reportOf(found, built));
  return isGood(found, built) ? EXIT.done : EXIT.failed;
}

function tellRefreshed(session: Session, { refreshed, failure, profileNews, watcher }: PulledCluster, quiet: boolean) {
  const paint = painter(session.color);
  if (!quiet && refreshed.length > 0) {
    const told = refreshed.filter(({ outcome }) => outcome !== "unchanged" && outcome !== "pinned");
    say(session, "");
    if (told.length > 0) printRows(session, told);
    say(
      session,
      `CI's builds of ${refreshed.length} ${refreshed.length === 1 ? "service" : "services"}: ${fetchCounts(refreshed)}`,
    );
  }
  printFailures(session, refreshed);
  if (failure !== undefined) note(session, explain(failure, paint));
  if (profileNews !== undefined) say(session, profileWords(profileNews, watcher, session));
}

function profileWords(news: ProfileNews, watcher: string | undefined, { color }: Session): string {
  const paint = painter(color);
  if (news.is === "wrong") {
    const line = `${paint("red", "✖")} the profile that came has mistakes; the cluster goes on by the one before`;
    return `${line}\n${explain(news.failure, paint)}`;
  }
  const words = [
    ...(news.changed.length > 0 ? [`${news.changed.join(", ")} changed`] : []),
    ...(news.gone.length > 0 ? [`${news.gone.join(", ")} gone`] : []),
  ];
  const who = watcher === undefined ? "`devenv up` brings the cluster to it" : `${watcher} brings the cluster to it`;
  return `${paint("yellow", "!")} the profile is another one: ${words.join(", ")}; ${who}`;
}

/** Builds what runs local builds, unless a `devenv watch` does it, or the person does not want it. */
async function buildLocal(
  session: Session,
  { local, watcher, profile }: PulledCluster,
  how: AfterPull,
): Promise<Built> {
  const nothing: Built = { rows: undefined, failure: undefined };
  const tell = (words: string) => session.json || how.quiet || say(session, words);
  if (local.length === 0) return nothing;
  if (watcher !== undefined) {
    tell(`${local.join(", ")} ${runLocal(local)}: ${watcher} builds what moved`);
    return nothing;
  }
  if (how.yes || (await isAskedFor(session, local, how.quiet))) return buildTold(session, profile, local, how.quiet);
  if (!session.json) tellHowToBuild(session, local);
  return nothing;
}

async function buildTold(
  session: Session,
  profile: Profile,
  local: readonly ServiceName[],
  quiet: boolean,
): Promise<Built> {
  const paint = painter(session.color);
  const stop = session.json || quiet ? () => {} : tellSwaps(session, profile);
  try {
    const { rebuild } = await import("../flow/rebuild.ts");
    const rows = await rebuild(profile, local, session.machine);
    // Else they were told as they came.
    if (quiet) for (const { failure } of rows) if (failure !== undefined) note(session, explain(failure, paint));
    return { rows, failure: undefined };
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class === "bug" || failure.exitCode === EXIT.interrupted) throw thrown;
    note(session, explain(report(failure), paint));
    return { rows: undefined, failure: report(failure) };
  } finally {
    stop();
  }
}

const runLocal = ({ length }: readonly ServiceName[]): string =>
  length === 1 ? "runs a local build" : "run local builds";

/** All in one question, at a terminal. */
async function isAskedFor(session: Session, local: readonly ServiceName[], quiet: boolean): Promise<boolean> {
  if (quiet || !session.isLive || session.stdin.isTTY !== true) return false;
  const { confirm } = await import("@clack/prompts");
  const message = `${local.join(", ")} ${runLocal(local)} of what moved. Rebuild?`;
  return (await confirm({ message, initialValue: true })) === true;
}

const commandFor = (local: readonly ServiceName[]): string =>
  `devenv use ${local.map((name) => `${name}=local`).join(" ")}`;

function tellHowToBuild(session: Session, local: readonly ServiceName[]): void {
  const paint = painter(session.color);
  say(session, `${paint("yellow", "!")} ${local.join(", ")} ${runLocal(local)} of what moved; to rebuild:`);
  say(session, `    ${paint("dim", commandFor(local))}`);
}

/** As `devenv watch` tells the swaps of saves, until the function that it gives is called. */
function tellSwaps(session: Session, { workspace }: Profile): () => void {
  const once = toldOnce();
  const style = { paint: painter(session.color), columns: session.stdout.columns ?? 80, workspace };
  return session.machine.bus.subscribe((event) => {
    // Of the code before it, which was on its settling time.
    if (event.type === "settled") return;
    const line = watchLine(once(event), style) ?? surroundingsLine(event, style);
    if (line !== undefined) say(session, line);
  });
}

const isGood = ({ refreshed, failure }: PulledCluster, built: Built): boolean =>
  failure === undefined &&
  built.failure === undefined &&
  refreshed.every((row) => row.failure === undefined) &&
  (built.rows ?? []).every(({ outcome }) => outcome === "swapped" || outcome === "unchanged");

const reportOf = ({ profile, refreshed, failure, local, watcher, profileNews }: PulledCluster, built: Built) => ({
  type: "refreshed",
  cluster: profile.name,
  services: refreshed,
  failure: failure ?? built.failure ?? null,
  local,
  watcher: watcher ?? null,
  rebuilt: built.rows ?? null,
  command: local.length > 0 && built.rows === undefined && watcher === undefined ? commandFor(local) : null,
  profile: profileNews ?? null,
});
