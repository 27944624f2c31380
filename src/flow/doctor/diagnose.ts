import type { Check } from "../../model/check.ts";
import { Failure } from "../../model/failure.ts";
import type { Pins } from "../../model/pin.ts";
import type { Profile } from "../../model/profile.ts";
import { askCi } from "../ci-builds.ts";
import type { Machine } from "../machine.ts";
import { buildsHere } from "../running-builds.ts";
import { wantedBuilds } from "../standing.ts";
import { wantedOf } from "../wanted.ts";
import { buildChecks } from "./build-checks.ts";
import { credentialChecks, plainHttpChecks, sourceChecks, weakChecksumChecks } from "./ci-checks.ts";
import { pinChecks, pinsOrFailure } from "./pin-checks.ts";
import { storeChecks } from "./store-checks.ts";

/**
 * `devenv doctor`: looks at what `devenv up` will need of CI, of the store, of the pins and of compilers, changes nothing, and gives
 * everything that it found, also what is well.
 * @throws Failure (exit code 2) as every command, for a profile or modes that nothing can be made of.
 */
export async function diagnose(profile: Profile, machine: Machine): Promise<Check[]> {
  const { profile: wanted } = wantedOf(profile, machine);
  const [here, pinned] = await Promise.all([buildsHere(profile, machine), pinsOrFailure(profile.workspace)]);
  const pins: Pins = pinned instanceof Failure ? new Map() : pinned.pins;
  const ci = await askCi(wanted, await wantedBuilds(wanted.services, new Map(), pins), machine);
  const findings = { profile: wanted, ci, here, pins, machine };
  const checks = await Promise.all([
    credentialChecks(findings),
    sourceChecks(findings),
    weakChecksumChecks(findings),
    plainHttpChecks(findings),
    storeChecks(profile, machine),
    buildChecks(findings),
    pinChecks(pinned, profile, findings),
  ]);
  return checks.flat();
}
