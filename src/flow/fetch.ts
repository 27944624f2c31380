import { userFailure } from "../model/failure.ts";
import type { Profile, Service } from "../model/profile.ts";
import { readPins } from "../profile/pins.ts";
import { artifactsOf, askCi, type CiAnswer } from "./ci-builds.ts";
import { deliveriesOf, findPlace } from "./fetch-place.ts";
import type { FetchOptions, FetchRow } from "./fetch-result.ts";
import { dryRows, fetchTargets } from "./fetch-rows.ts";
import { pinnedHere, targetOf } from "./fetch-target.ts";
import type { Machine } from "./machine.ts";
import { joined } from "./releases.ts";
import { namedServices } from "./services.ts";
import { hasArtifact, wantedBuild } from "./standing.ts";

export interface FetchResult {
  readonly rows: readonly FetchRow[];
  /** Whether anything of the cluster runs: else only the store was filled. */
  readonly isRunning: boolean;
}

/**
 * `devenv fetch`: asks CI for the newest builds of services (all of the profile that have code of CI's when none is
 * named), of pinned ones for the pinned ones; brings what is new into the store; and where the cluster runs, swaps it in
 * as `up` does, with the same readiness and the same roll-back. What fails of one service stops no other, and is told in
 * its row.
 * @throws Failure when CI cannot be asked about any of them (exit code of that), or it was interrupted.
 */
export async function fetch(
  profile: Profile,
  names: readonly string[],
  options: FetchOptions,
  machine: Machine,
): Promise<FetchResult> {
  const services = fetchable(profile, names);
  const pins = await readPins(profile.workspace);
  const deliveries = deliveriesOf(profile, machine);
  const { store } = machine;
  const pinned = await pinnedHere(services, { pins, deliveries, rebuilt: new Set(), store });
  const asked = services.filter(({ name }) => !pinned.has(name));
  const [place, ci] = await Promise.all([
    findPlace(profile, machine),
    askCi(profile, new Map(asked.map((service) => [service.name, wantedBuild(service, pins)])), machine, options.note),
  ]);
  try {
    expectAnswers(services, ci);
    const choice = { ci, pins, endpoint: place, store, deliveries, pinned };
    const targets = await Promise.all(services.map((service) => targetOf(service, choice)));
    const context = { profile, place, ci, options, machine };
    const rows = await (options.dryRun ? dryRows(targets, context) : fetchTargets(targets, context));
    return { rows, isRunning: place.cluster !== undefined };
  } finally {
    place.cluster?.daemon.close();
  }
}

/** @throws Failure (exit code 2) for a service that CI builds nothing of. */
function fetchable(profile: Profile, names: readonly string[]): readonly Service[] {
  const services = namedServices(profile, names);
  const built = services.filter((service) => hasArtifact(service) && artifactsOf(profile, service) !== undefined);
  if (built.length === services.length || (names.length === 0 && built.length > 0)) return built;
  if (services.every((service) => artifactsOf(profile, service) === undefined))
    throw userFailure(`profile ${profile.name} does not say where CI's builds come from`, {
      hint: "Name their place under `x-devenv: { artifacts: { source: … } }`.",
    });
  const [other] = services.filter((service) => !built.includes(service));
  throw userFailure(`${other?.name ?? "the profile"} has no code of CI's: it runs its image's own program`, {
    hint: "`devenv up` brings images.",
  });
}

/** @throws Failure when CI could be asked about none of them. */
function expectAnswers(services: readonly Service[], { silent }: CiAnswer): void {
  if (services.length === 0 || services.some(({ name }) => !silent.has(name))) return;
  const failures = [...new Set(silent.values())];
  throw joined(failures, "CI cannot be asked");
}
