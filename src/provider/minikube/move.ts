import type { MinikubeSettings } from "../../model/minikube.ts";
import type { ProviderProgress } from "../provider.ts";
import { endLinkTo } from "../ssh.ts";
import type { Surroundings } from "../surroundings.ts";
import { expectAnswer, forgetMachine, isSamePlace, placeOf, placeWritten } from "./behind-ssh.ts";
import type { MinikubeLayout } from "./layout.ts";
import type { Machine } from "./machine.ts";
import { madeWith, type Place } from "./made.ts";
import { readMounts } from "./mount-record.ts";
import { endMounts } from "./mounts.ts";
import { addressOf, forgetWay, knownWay } from "./way.ts";

/** Whether the way that is known leads to another machine behind ssh than the profile has. */
export const leadsElsewhere = async (settings: MinikubeSettings, layout: MinikubeLayout): Promise<boolean> =>
  isElsewhere(await knownWay(layout), placeOf(settings));

const isElsewhere = (before: Place | undefined, place: Place | undefined): boolean =>
  before !== undefined && place !== undefined && !isSamePlace(before, place);

/**
 * Leaves a machine behind ssh that the profile has at another place by now: minikube keeps to the address that it was first
 * given, whatever `start --ssh-ip-address` says, so it has to forget the machine.
 * @throws Failure (environment) where nothing answers where the profile has it; all stays as it was then
 */
export async function leaveOldPlace(
  machine: Machine,
  settings: MinikubeSettings,
  layout: MinikubeLayout,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<void> {
  const place = placeOf(settings);
  if (place === undefined) return;
  await expectAnswer(place, machine.profile, signal);
  const [way, made] = await Promise.all([knownWay(layout), madeWith(machine, surroundings)]);
  const before = [made?.place, way].find((known) => isElsewhere(known, place));
  if (before === undefined) return;
  progress(
    `minikube's machine ${machine.profile} was at ${placeWritten(before)} and is at ${placeWritten(place)} now: ` +
      "minikube is told anew",
    { isNote: true },
  );
  await endMounts(await readMounts(layout), surroundings);
  await endLinkTo(addressOf(layout), surroundings);
  if (isElsewhere(made?.place, place)) await forgetMachine(machine, made, surroundings, signal);
  await forgetWay(layout);
}

/**
 * Leaves a machine behind ssh into which minikube gets no more, though it answers: one whose first `start` was interrupted or
 * refused has no key written down, and every later `start` would try for minutes without one (1.38.1); another key may be
 * asked for by now. One with Kubernetes stays: to have it forgotten ends that.
 */
export async function leaveUnfinished(
  machine: Machine,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<void> {
  const made = await madeWith(machine, surroundings);
  if (made?.driver !== "ssh" || made.kubernetes !== undefined) return;
  progress(`minikube gets no more into ${machine.profile}, though it answers: minikube is told anew`, { isNote: true });
  await forgetMachine(machine, made, surroundings, signal);
}
