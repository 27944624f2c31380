import type { ObservedVolume, Volume } from "../model/volume.ts";
import type { Desired } from "./desired.ts";
import type { Observed } from "./observed.ts";

/**
 * Says of each volume that is not as the profile describes it now what differs and what to do: what it holds is somebody's
 * data, and is not removed because a line was edited.
 */
export function changedVolumes({ volumes }: Desired, observed: Observed): string[] {
  return volumes.flatMap((volume) => {
    const there = observed.volumes.find(({ name }) => name === volume.name);
    const differing = there === undefined ? [] : differences(volume, there);
    if (differing.length === 0) return [];
    const command = `\`devenv down\` and \`docker volume rm ${volume.name}\``;
    return [
      `volume ${volume.name} stays as it was made, because of what it holds: ${differing.join("; ")}. ${command} make way for a new one, without its data.`,
    ];
  });
}

function differences({ driver = "local", driverOptions, labels }: Volume, there: ObservedVolume): string[] {
  const options = [...new Set([...Object.keys(driverOptions), ...Object.keys(there.driverOptions)])];
  return [
    ...difference("driver", driver, there.driver),
    ...options.flatMap((key) => difference(`driver_opts.${key}`, driverOptions[key], there.driverOptions[key])),
    // A label more than the profile's is one of ours, or of whoever put it there.
    ...Object.keys(labels).flatMap((key) => difference(`label ${key}`, labels[key], there.labels[key])),
  ];
}

const difference = (what: string, wanted: string | undefined, there: string | undefined): string[] =>
  wanted === there ? [] : [`its ${what} is ${there ?? "not set"}, the profile says ${wanted ?? "nothing of it"}`];
