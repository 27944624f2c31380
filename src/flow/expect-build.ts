import type { CiBuild, WantedBuild } from "../artifact/source.ts";
import { Failure, userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { nearest } from "../model/nearest.ts";
import type { Profile, Service } from "../model/profile.ts";
import { askCi } from "./ci-builds.ts";
import type { Machine } from "./machine.ts";

/**
 * Asks CI whether it has a build of a service.
 * @throws Failure (exit code 2) when it has not, with the nearest that it has; as the source does when it cannot be asked.
 */
export async function expectBuild(
  profile: Profile,
  { name }: Service,
  number: string,
  machine: Machine,
): Promise<void> {
  const ask = async (wanted: WantedBuild): Promise<readonly CiBuild[]> => {
    const { builds, silent } = await askCi(profile, new Map([[name, wanted]]), machine);
    const failure = silent.get(name);
    if (failure === undefined) return builds.get(name) ?? [];
    const message = `CI cannot be asked whether it has build ${number} of ${name}: ${failure.message}`;
    throw new Failure(failure.class, message, failure);
  };
  if ((await ask({ is: "numbered", number })).length > 0) return;
  const there = await ask({ is: "all" });
  throw noSuchBuild(
    name,
    number,
    there.map((build) => build.name.slice("ci:".length)),
  );
}

function noSuchBuild(service: ServiceName, number: string, there: readonly string[]): Failure {
  const near = nearestBuilds(number, there);
  const hint =
    near.length === 0
      ? "It has none of it."
      : `It has ${near.join(", ")}; \`devenv artifacts list ${service}\` shows all.`;
  return userFailure(`CI has no build ${number} of ${service}`, { hint });
}

/** How many of the nearest builds are worth showing. */
const SHOWN = 5;

/** By their distance where they are numbers, else by how they are written; the newest when nothing is near. */
function nearestBuilds(wanted: string, there: readonly string[]): readonly string[] {
  const distance = (build: string) => Math.abs(Number(build) - Number(wanted));
  const numbers = there.filter((build) => Number.isFinite(distance(build)));
  if (numbers.length > 0) {
    const near = numbers.toSorted((a, b) => distance(a) - distance(b)).slice(0, SHOWN);
    return near.sort((a, b) => Number(b) - Number(a));
  }
  const near = nearest(wanted, there);
  return near.length > 0 ? near : there.slice(0, SHOWN);
}
