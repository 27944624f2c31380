import { Failure, type FailureReport, failed, userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { pullCounts } from "../plan/pull-counts.ts";
import { newsOfPull } from "../plan/pull-news.ts";
import type { Came, Deed } from "./deed.ts";
import { down as bringDown } from "./down.ts";
import { fetch } from "./fetch.ts";
import { type FetchRow, fetchCounts } from "./fetch-result.ts";
import { pullAll } from "./pull-all.ts";
import { besideWatch } from "./pull-beside-watch.ts";
import { refreshCluster } from "./pull-cluster.ts";
import { pullRequest } from "./regular-pulls.ts";

export async function fetchBuilds(services: readonly ServiceName[], { profile, machine, hear }: Deed): Promise<Came> {
  const { rows, isRunning } = await fetch(profile(), services, { dryRun: false, note: hear }, machine);
  expectFetched(rows);
  const idle = isRunning ? [] : ["the cluster does not run: `devenv up` starts it on what was fetched"];
  const reasons = rows.flatMap(({ service, reason }) => (reason === undefined ? [] : [`${service}: ${reason}`]));
  return { words: `CI's builds: ${fetchCounts(rows)}`, notes: [...reasons, ...idle] };
}

/** @throws Failure that names every service that could not be had. */
function expectFetched(rows: readonly FetchRow[]): void {
  const bad = rows.flatMap(({ service, failure }) => (failure === undefined ? [] : [{ service, failure }]));
  const [first] = bad;
  if (first === undefined) return;
  if (bad.length === 1) throw withMessage(first.failure, `${first.service}: ${first.failure.message}`);
  const problems = bad.map(({ service, failure }) => ({ message: `${service}: ${failure.message}` }));
  throw failed(`${bad.length} services could not be fetched; ${fetchCounts(rows)}`, { problems });
}

const withMessage = (failure: FailureReport, message: string): Failure =>
  new Failure(failure.class, message, { ...failure, exitCode: 1 });

/** As many as the command pulls at once. */
const JOBS = 64;

/** Every repository forward, and then the cluster after it; services that run local builds are the save loop's. */
export async function pullEverything({ profile, reload, repositories, machine, hear }: Deed): Promise<Came> {
  const begun = machine.clock.monotonic();
  const request = { ...(await pullRequest(profile(), machine)), jobs: JOBS };
  const results = await besideWatch(profile(), hear, machine, (mark) =>
    pullAll(request, machine, (event) => {
      mark(event);
      repositories.hear(event);
    }),
  );
  const { news } = newsOfPull(new Map(), results);
  const { bus, clock } = machine;
  if (news !== undefined) bus.dispatch({ type: "pulled", at: clock.now(), ...news, ms: clock.monotonic() - begun });
  const after = { profile: profile(), results, reload, note: hear };
  const found = await refreshCluster(after, machine);
  if (found?.failure !== undefined) throw withMessage(found.failure, `pulled, but ${found.failure.message}`);
  expectFetched(found?.refreshed ?? []);
  const refreshed =
    found === undefined || found.refreshed.length === 0 ? [] : [`CI's builds: ${fetchCounts(found.refreshed)}`];
  const words = results.length === 0 ? "there is no repository here" : pullCounts(results);
  return { words, notes: refreshed };
}

export async function down({ profile, machine, hear }: Deed): Promise<Came> {
  const { steps } = await bringDown(profile(), { reset: false, dryRun: false, note: hear }, machine);
  const { name } = profile();
  return {
    words: steps.length === 0 ? `cluster ${name} was not running` : `cluster ${name} is down; its data is kept`,
  };
}

/** @throws Failure (exit code 2) where the name that was typed is not the cluster's: nothing was done then. */
export async function reset(typed: string, { profile, machine, hear }: Deed): Promise<Came> {
  const { name } = profile();
  if (typed !== name)
    throw userFailure(`${JSON.stringify(typed)} is not the name of this cluster`, {
      hint: `Type ${name} to have it and its data removed.`,
    });
  await bringDown(profile(), { reset: true, dryRun: false, note: hear }, machine);
  return { words: `cluster ${name} and its data are gone` };
}
