import { rm } from "node:fs/promises";
import { environmentFailure } from "../model/failure.ts";
import { DEFAULT_MINIKUBE, type MinikubeStatus, minikubeProfile } from "../model/minikube.ts";
import type { Profile } from "../model/profile.ts";
import { forgetMachine } from "../provider/minikube/behind-ssh.ts";
import { minikubeLayout } from "../provider/minikube/layout.ts";
import { type Look, lookAt, type Machine as Minikube, tell } from "../provider/minikube/machine.ts";
import { type Made, madeWith } from "../provider/minikube/made.ts";
import { readMounts } from "../provider/minikube/mount-record.ts";
import { endMounts } from "../provider/minikube/mounts.ts";
import { findMinikube } from "../provider/minikube/program.ts";
import { ipOf, servicesOf } from "../provider/minikube/questions.ts";
import { addressOf, forgetWay, knownWay } from "../provider/minikube/way.ts";
import { minikubeProvider } from "../provider/minikube.ts";
import type { ProviderProgress } from "../provider/provider.ts";
import { endLinkTo, socketOf } from "../provider/ssh.ts";
import type { Machine } from "./machine.ts";

/** The machine of a profile's cluster. @throws Failure (environment) where there is no minikube */
async function machineOf({ minikube = DEFAULT_MINIKUBE, name }: Profile, machine: Machine): Promise<Minikube> {
  return { minikube: await findMinikube(machine), profile: minikubeProfile(minikube, name) };
}

/** How the machine of a profile's cluster is at this moment, asked of minikube. */
export async function minikubeStatus(profile: Profile, machine: Machine): Promise<MinikubeStatus> {
  const own = await machineOf(profile, machine);
  const [look, made] = await Promise.all([lookAt(own, machine, machine.signal), madeWith(own, machine)]);
  const runs = look.state === "running" || look.state === "paused";
  const layout = minikubeLayout(own.profile, machine);
  // One without Kubernetes says Stopped for what there is not.
  const apiserver = made?.kubernetes === undefined ? undefined : look.apiserver;
  const [ip, services, way, mounts] = await Promise.all([
    runs ? ipOf(own, machine) : undefined,
    runs && apiserver === "Running" ? servicesOf(own, machine) : [],
    knownWay(layout),
    readMounts(layout),
  ]);
  return {
    profile: own.profile,
    version: own.minikube.version,
    ...{ state: look.state, host: look.host },
    ...(apiserver !== undefined && { apiserver }),
    ...(made !== undefined && { driver: made.driver }),
    ...(ip !== undefined && { ip }),
    ...(runs && way !== undefined && { docker: socketOf(addressOf(layout), machine) }),
    mounts: runs ? (mounts?.folders ?? []) : [],
    ...(runs && mounts?.why !== undefined && { push: mounts.why }),
    services,
  };
}

/**
 * `devenv minikube start`: has the machine run and its daemon answer, without the cluster in it; goes on with a paused one.
 * Folders that could not be mounted are tried anew.
 */
export async function startMinikube(
  profile: Profile,
  note: ProviderProgress,
  machine: Machine,
): Promise<MinikubeStatus> {
  const layout = minikubeLayout(minikubeProfile(profile.minikube ?? DEFAULT_MINIKUBE, profile.name), machine);
  if ((await readMounts(layout))?.isUsed === false) await rm(layout.mounts, { force: true });
  await minikubeProvider(profile, machine).up(note, machine.signal);
  const now = await minikubeStatus(profile, machine);
  if (now.state !== "paused") return now;
  const own = await machineOf(profile, machine);
  await tell(own, { verb: "unpause", options: ["--all-namespaces"] }, machine, note, machine.signal);
  return minikubeStatus(profile, machine);
}

/**
 * The machine of a profile's cluster, and how it is before anything is done with it.
 * @throws Failure (environment) where there is none, or no minikube
 */
export async function expectMinikube(profile: Profile, machine: Machine): Promise<{ own: Minikube; before: Look }> {
  const own = await machineOf(profile, machine);
  const before = await lookAt(own, machine, machine.signal);
  if (before.state !== "absent") return { own, before };
  throw environmentFailure(`there is no machine ${own.profile} of minikube's`, {
    hint: "`minikube profile list` shows those that there are.",
  });
}

/** What else `devenv minikube` has minikube do. */
export type MinikubeEnd = "stop" | "pause" | "delete";

/** `devenv minikube stop`, `pause`, `delete`: with the machine the way there ends, and the ports of its containers here. */
export async function endMinikube(
  end: MinikubeEnd,
  profile: Profile,
  note: ProviderProgress,
  machine: Machine,
): Promise<MinikubeStatus> {
  const { own, before } = await expectMinikube(profile, machine);
  const made = await madeWith(own, machine);
  if (end === "pause") expectKubernetes(own, before.apiserver, made);
  if (end === "stop" && made?.driver === "ssh") throw neverStops(own);
  const layout = minikubeLayout(own.profile, machine);
  if (end !== "pause") {
    await endMounts(await readMounts(layout), machine);
    await endLinkTo(addressOf(layout), machine);
  }
  const options = end === "pause" ? ["--all-namespaces"] : [];
  if (end === "delete" && made?.driver === "ssh") await forgetMachine(own, made, machine, machine.signal);
  else await tell(own, { verb: end, options }, machine, note, machine.signal);
  if (end === "delete") await forgetWay(layout);
  else if (end === "stop") await rm(layout.mounts, { force: true });
  return minikubeStatus(profile, machine);
}

/** What minikube pauses are the containers of Kubernetes; without any it would say "paused" and have done nothing. */
function expectKubernetes({ profile }: Minikube, apiserver: string | undefined, made: Made | undefined): void {
  if (made?.kubernetes !== undefined && apiserver === "Running") return;
  const mend = made?.driver === "ssh" ? END_CLUSTER : "`devenv minikube stop` gives the machine's memory back.";
  throw environmentFailure(`minikube pauses what Kubernetes runs, and ${profile} has no Kubernetes that does`, {
    hint: mend,
  });
}

const END_CLUSTER = "`devenv down` ends the cluster in it; the machine itself is switched off where it is.";

/** minikube would wait three minutes for its sshd to be gone, which nobody ends (1.38.1). */
const neverStops = ({ profile }: Minikube) =>
  environmentFailure(`minikube cannot stop ${profile}: it is a machine of your own, behind ssh`, {
    hint: END_CLUSTER,
  });
