import type { Check } from "../../model/check.ts";
import { Failure } from "../../model/failure.ts";
import type { ServiceName } from "../../model/names.ts";
import type { Profile } from "../../model/profile.ts";
import { readPinsFile, unknownPins } from "../../profile/pins.ts";
import type { PinsText } from "../../profile/pins-text.ts";
import { isInStore } from "../standing.ts";
import type { Findings } from "./findings.ts";

/** The pins of a workspace, or what is wrong with their file. */
export async function pinsOrFailure(workspace: string): Promise<PinsText | Failure> {
  try {
    return await readPinsFile(workspace);
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
}

/** The pins: whether the file can be read, means services of the profile, and builds that there are. */
export async function pinChecks(pinned: PinsText | Failure, profile: Profile, findings: Findings): Promise<Check[]> {
  if (pinned instanceof Failure) return unreadable(pinned);
  const { pins, warnings } = pinned;
  if (pins.size === 0 && warnings.length === 0) return [{ name: "pins", state: "ok", what: "nothing is pinned" }];
  const known = new Set([...profile.services.map(({ name }) => name), ...profile.disabled]);
  const odd = [...warnings, ...unknownPins(pins, known, profile.name)].map(
    ({ message, hint }): Check => ({ name: "pins", state: "warn", what: message, do: hint }),
  );
  const gone = await Promise.all([...pins.keys()].map((service) => goneBuild(service, findings)));
  const troubles = [...odd, ...gone.flat()];
  const well = pins.size - gone.flat().length;
  const what = well === 1 ? "1 service is pinned" : `${well} services are pinned`;
  return well === 0 ? troubles : [{ name: "pins", state: "ok", what }, ...troubles];
}

function unreadable({ message, hint, problems }: Failure): Check[] {
  const why = "nothing is brought up while it is not known what must stay";
  if (problems.length === 0) return [{ name: "pins", state: "bad", what: message, why, do: hint }];
  return problems.map(({ message: what, where, hint: remedy }) => {
    const at = where === undefined ? "" : `${where.file}:${where.line}:${where.column} `;
    return { name: "pins", state: "bad", what: `${at}${what}`, why, do: remedy };
  });
}

/** A service whose pinned build CI has no more; what CI could not be asked about is told as that. */
async function goneBuild(service: ServiceName, { ci, here, pins, machine }: Findings): Promise<Check[]> {
  const pin = pins.get(service);
  const builds = ci.builds.get(service);
  if (pin === undefined || builds === undefined || builds.length > 0) return [];
  const build = `ci:${pin.build}`;
  const release = here.known.get(service)?.find(({ artifact }) => artifact.build === build);
  const isStored = release !== undefined && (await isInStore(release, machine.store));
  return [
    {
      name: "pins",
      state: isStored ? "warn" : "bad",
      what: `${service} is pinned to ${build}, which CI no longer has`,
      why: isStored ? "it is in the store of this machine, and nobody else can have it" : "there is nothing to run",
      do: `pin another one (\`devenv artifacts list ${service}\` shows them), or run \`devenv unpin ${service}\``,
    },
  ];
}
