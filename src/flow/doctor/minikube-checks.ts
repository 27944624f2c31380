import type { Check } from "../../model/check.ts";
import { asFailure } from "../../model/failure.ts";
import { DEFAULT_MINIKUBE, minikubeProfile } from "../../model/minikube.ts";
import type { Profile } from "../../model/profile.ts";
import { placeOf, placeWritten, SILENT_HINT, whySilent } from "../../provider/minikube/behind-ssh.ts";
import { minikubeLayout } from "../../provider/minikube/layout.ts";
import { lookAt, type Machine as Minikube } from "../../provider/minikube/machine.ts";
import { differences, madeWith, missingAddons } from "../../provider/minikube/made.ts";
import { readMounts } from "../../provider/minikube/mount-record.ts";
import { findMinikube, LEAST_VERSION } from "../../provider/minikube/program.ts";
import type { Machine } from "../machine.ts";

/** minikube, and the machine of a profile's cluster; nothing for other providers. */
export async function minikubeChecks(profile: Profile, machine: Machine): Promise<Check[]> {
  if (profile.provider !== "minikube") return [];
  try {
    const own = {
      minikube: await findMinikube(machine),
      profile: minikubeProfile(profile.minikube ?? DEFAULT_MINIKUBE, profile.name),
    };
    const { version } = own.minikube;
    const isKnown = /^[1-9]/.test(version);
    const words = isKnown
      ? `minikube ${version}`
      : `a minikube that does not know its version; devenv was tried with ${LEAST_VERSION}`;
    return [{ name: "minikube", state: "ok", what: words }, ...(await machineChecks(own, profile, machine))];
  } catch (thrown) {
    const { class: kind, message, hint } = asFailure(thrown);
    if (kind === "bug") throw thrown;
    return [
      { name: "minikube", state: "bad", what: message, why: "it makes and starts the cluster's machine", do: hint },
    ];
  }
}

async function machineChecks(
  own: Minikube,
  { minikube = DEFAULT_MINIKUBE }: Profile,
  machine: Machine,
): Promise<Check[]> {
  const [{ state, host }, made, mounts] = await Promise.all([
    lookAt(own, machine, machine.signal),
    madeWith(own, machine),
    readMounts(minikubeLayout(own.profile, machine)),
  ]);
  const place = placeOf(minikube) ?? made?.place;
  const silent = place && (await whySilent(place, machine.signal));
  const differing = made === undefined ? [] : differences(minikube, made, own.profile);
  const lost = state === "running" ? (mounts?.folders ?? []).filter(({ mounted }) => !mounted) : [];
  return [
    place !== undefined && silent !== undefined
      ? silentCheck(own.profile, placeWritten(place), silent)
      : stateCheck(own.profile, state, host),
    ...runtimeChecks(own.profile, made?.runtime),
    ...differing.map(
      (what): Check => ({ name: "machine", state: "warn", what, why: "it is not what the profile says" }),
    ),
    ...(made === undefined ? [] : missingAddons(minikube, made)).map((addon) => addonCheck(own.profile, addon)),
    ...lost.map(
      ({ path, problem }): Check => ({
        name: "machine",
        state: "warn",
        what: `${path} is not mounted in ${own.profile}: ${problem ?? "it was lost"}`,
        why: "containers that mount it see what was there last, or hang",
        do: "`devenv up`, which mounts it anew or sends files by push",
      }),
    ),
  ];
}

function stateCheck(profile: string, state: string, host: string | undefined): Check {
  if (state === "broken") {
    const said = host === undefined || host === "" ? "nothing" : host;
    const mend = `\`minikube -p ${profile} logs\`; \`devenv minikube delete\` removes it, and the next up makes it anew`;
    return {
      name: "machine",
      state: "warn",
      what: `minikube says ${said} of ${profile}`,
      why: "it may not start",
      do: mend,
    };
  }
  const words =
    state === "absent"
      ? `${profile} is not there; up makes it`
      : `${profile} is ${state}${state === "stopped" ? "; up starts it" : ""}`;
  return { name: "machine", state: "ok", what: words };
}

/** `up` asks nothing of a machine that runs; its next start brings them. */
const addonCheck = (profile: string, addon: string): Check => ({
  name: "machine",
  state: "warn",
  what: `${profile} has no addon ${addon}`,
  why: "it is not what the profile says",
  do: `\`minikube -p ${profile} addons enable ${addon}\`; the machine's next start does it, too`,
});

/** minikube itself would wait for minutes. */
const silentCheck = (profile: string, place: string, why: string): Check => ({
  name: "machine",
  state: "bad",
  what: `${profile} does not answer at ${place}: ${why}`,
  why: "up needs it",
  do: SILENT_HINT,
});

/** Only Docker's daemon is one for devenv. */
function runtimeChecks(profile: string, runtime: string | undefined): Check[] {
  if (runtime === undefined || runtime === "" || runtime === "docker") return [];
  return [
    {
      name: "machine",
      state: "bad",
      what: `${profile} was made with container runtime ${runtime}`,
      why: "there is no Docker daemon in it",
      do: "name another machine: x-devenv.minikube.profile; or `devenv minikube delete`",
    },
  ];
}
