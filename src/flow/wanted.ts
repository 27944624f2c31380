import { resolve } from "node:path";
import { thisRuntime } from "../delivery/relay/runtime.ts";
import { clusterFolder } from "../host/folders.ts";
import { userFailure } from "../model/failure.ts";
import { effectiveMode, type ModeChoices } from "../model/mode.ts";
import type { Profile } from "../model/profile.ts";
import type { RelayRoute } from "../model/relay.ts";
import { routesOf, withModes } from "../plan/forwarder.ts";
import { modeProblems, offNotes } from "../plan/mode-checks.ts";
import type { ModeWishes } from "../plan/plan-modes.ts";
import type { Machine } from "./machine.ts";
import { readModes, staleChoices } from "./modes.ts";

/** What is wanted of a cluster: its profile, with every service in its mode. */
export interface Wanted {
  /** With forwarders, and without what is off; each service has the mode in it that counts. */
  readonly profile: Profile;
  readonly wishes: ModeWishes;
  /** What a person should know of the modes though it stands in nobody's way. */
  readonly notes: readonly string[];
}

/** What is wanted with the modes that were chosen for the cluster. @throws Failure as `wantedWith`. */
export const wantedOf = (profile: Profile, machine: Machine): Wanted =>
  wantedWith(profile, readModes(clusterFolder(machine.folders, profile.name)), machine);

/** What is wanted with these modes. @throws Failure (exit code 2) with everything that stands against one of them. */
export function wantedWith(profile: Profile, choices: ModeChoices, { environment, secrets }: Machine): Wanted {
  const problems = modeProblems(profile, choices);
  const [first] = problems;
  if (first !== undefined && problems.length === 1) throw userFailure(first.message, first);
  if (first !== undefined) throw userFailure(`${problems.length} services cannot be in their mode`, { problems });
  const routes = routesOf(profile, choices);
  secrets.add(routes.flatMap(passwordOf));
  const runtime = routes.length === 0 ? { program: "", libraries: [] } : thisRuntime();
  const stale = staleChoices(profile, choices).map(
    (name) => `a mode is chosen for ${name}, which is not in the profile (\`devenv use --clear ${name}\` forgets it)`,
  );
  return {
    profile: withModes(profile, choices, runtime),
    wishes: {
      routes,
      // Node takes it relative to the current folder, which is not the relay's.
      authorities: environment.NODE_EXTRA_CA_CERTS && resolve(environment.NODE_EXTRA_CA_CERTS),
      off: profile.services.filter((service) => effectiveMode(service, choices).mode?.kind === "off"),
    },
    notes: [...offNotes(profile, choices), ...stale],
  };
}

/** Of a URL with a user: what nothing that is written may show. */
function passwordOf({ target }: RelayRoute): string[] {
  const password = target.kind === "http" ? new URL(target.url).password : "";
  return password === "" ? [] : [decodeURIComponent(password)];
}
