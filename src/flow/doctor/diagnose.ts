import type { Check } from "../../model/check.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { Failure } from "../../model/failure.ts";
import type { Pins } from "../../model/pin.ts";
import type { Profile } from "../../model/profile.ts";
import { askCi } from "../ci-builds.ts";
import type { Machine } from "../machine.ts";
import { buildsHere } from "../running-builds.ts";
import { wantedBuilds } from "../standing.ts";
import { type Wanted, wantedOf } from "../wanted.ts";
import { buildChecks } from "./build-checks.ts";
import { certificateChecks } from "./certificate-checks.ts";
import { credentialChecks, plainHttpChecks, sourceChecks, weakChecksumChecks } from "./ci-checks.ts";
import { containerChecks } from "./container-checks.ts";
import { findDaemon } from "./daemon-checks.ts";
import { hostChecks } from "./host-checks.ts";
import { minikubeChecks } from "./minikube-checks.ts";
import { pinChecks, pinsOrFailure } from "./pin-checks.ts";
import { portChecks } from "./port-checks.ts";
import { storeChecks } from "./store-checks.ts";
import { vmChecks } from "./vm-checks.ts";

/**
 * `devenv doctor`: looks at what `devenv up` will need of this machine, of the daemon, of CI, of the store, of the pins and
 * of compilers, all at once, and gives everything that it found, also what is well. It changes nothing: a container that
 * it tries is gone again, and only the empty image stays on the daemon.
 * @throws Failure (exit code 2) as every command, for a profile or modes that nothing can be made of.
 */
export async function diagnose(
  profile: Profile,
  machine: Machine,
  onProgress: DiagnoseProgress = () => {},
): Promise<Check[]> {
  const all = wantedOf(profile, machine);
  const looks: [string, Promise<readonly Check[]>][] = [
    ...groundLooks(all, machine),
    ["CI, the store and compilers", releaseChecks(all, profile, machine)],
  ];
  const waitsFor = new Set(looks.map(([name]) => name));
  const tell = () => onProgress([...waitsFor], looks.length - waitsFor.size, looks.length);
  tell();
  const checks = looks.map(async ([name, look]) => {
    const seen = await look;
    waitsFor.delete(name);
    tell();
    return seen;
  });
  return (await Promise.all(checks)).flat();
}

/** Told which looks are under way, how many have come to their end, and how many there are. */
export type DiagnoseProgress = (waitsFor: readonly string[], done: number, total: number) => void;

/** What everything stands on: this machine, and the daemon. */
function groundLooks(wanted: Wanted, machine: Machine): [string, Promise<readonly Check[]>][] {
  const { profile } = wanted;
  const daemon = findDaemon(wanted, machine);
  const withEndpoint = async (check: (endpoint: Endpoint | undefined) => Promise<Check[]>) =>
    check((await daemon).endpoint);
  return [
    ["the daemon", daemon.then((found) => found.checks)],
    [
      "a container",
      withEndpoint(async (endpoint) =>
        endpoint === undefined ? [] : containerChecks(profile.name, endpoint, machine),
      ),
    ],
    ["certificates", withEndpoint((endpoint) => certificateChecks(endpoint, machine))],
    ["ports", withEndpoint((endpoint) => portChecks(profile, endpoint, machine))],
    ["this machine", hostChecks(profile, machine)],
    ["the virtual machine", vmChecks(profile, machine)],
    ["minikube", minikubeChecks(profile, machine)],
  ];
}

/** What the services are to run, and what they are built with. */
async function releaseChecks({ profile: wanted }: Wanted, profile: Profile, machine: Machine): Promise<Check[]> {
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
