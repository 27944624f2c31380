import type { ServiceName } from "../../model/names.ts";
import type { Pins } from "../../model/pin.ts";
import type { Profile } from "../../model/profile.ts";
import type { CiAnswer } from "../ci-builds.ts";
import type { Machine } from "../machine.ts";
import type { BuildsHere } from "../running-builds.ts";
import { isInStore } from "../standing.ts";

/** What was found out once, for several checks. */
export interface Findings {
  /** With every service in its mode. */
  readonly profile: Profile;
  readonly ci: CiAnswer;
  readonly here: BuildsHere;
  readonly pins: Pins;
  readonly machine: Machine;
}

/** The services that a release is here of, whole: `up` goes on with it where CI gives none. */
export async function canDoWithoutCi({ here, machine }: Findings): Promise<Set<ServiceName>> {
  const there = await Promise.all(
    [...here.known].map(async ([name, releases]) => {
      const stored = await Promise.all(releases.map((release) => isInStore(release, machine.store)));
      return stored.includes(true) ? [name] : [];
    }),
  );
  return new Set(there.flat());
}

/** `web`, `web and api`, `web, api and 12 more`. */
export function namesInWords(names: readonly string[]): string {
  const [first = "", second, third] = names;
  if (second === undefined) return first;
  if (third === undefined) return `${first} and ${second}`;
  return names.length === 3 ? `${first}, ${second} and ${third}` : `${first}, ${second} and ${names.length - 2} more`;
}
