import { errorCode } from "../../host/files.ts";
import type { Check } from "../../model/check.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { asFailure } from "../../model/failure.ts";
import { duration } from "../../state/duration.ts";
import { size } from "../../state/size.ts";
import type { Machine } from "../machine.ts";
import { type Probed, probeContainer } from "./container-probe.ts";
import { FULL_BYTES, SCARCE_BYTES } from "./store-checks.ts";

/** Whether a container starts, what it sees of this machine's folders, and how much room the daemon has. */
export async function containerChecks(cluster: string, endpoint: Endpoint, machine: Machine): Promise<Check[]> {
  try {
    const probed = await probeContainer(cluster, endpoint, machine);
    const starts: Check = {
      name: "container",
      state: "ok",
      what: `one was made, ran and ended in ${duration(probed.ms)}`,
    };
    return [starts, ...mountChecks(probed, endpoint), ...roomChecks(probed)];
  } catch (thrown) {
    if (errorCode(thrown) !== undefined) return [unusableFolder(thrown as Error, machine)];
    const { class: kind, message, hint } = asFailure(thrown);
    if (kind === "bug") throw thrown;
    return [{ name: "container", state: "bad", what: message, why: "no service can run", do: hint }];
  }
}

/** It has no room, say, or is somebody else's: no container was tried. */
const unusableFolder = ({ message }: Error, { folders }: Machine): Check => ({
  name: "mount",
  state: "bad",
  what: `nothing can be put into ${folders.state}: ${message}`,
  why: "what services run lies below it",
  do: "make room there, or set XDG_STATE_HOME to another folder",
});

/** What a container that ran showed of a folder of this machine. */
export function mountChecks(
  { mount }: Pick<Probed, "mount">,
  { sharesSockets }: Pick<Endpoint, "sharesSockets">,
): Check[] {
  const name = "mount";
  if (mount === undefined) return [];
  if ("refusal" in mount || !mount.isRead) {
    return [
      {
        name,
        state: "bad",
        what:
          "refusal" in mount ? mount.refusal.message : "a container does not see what is in a folder of this machine",
        why: "services run out of such a folder, and would end with `no such file`",
        do: sharesSockets
          ? "is the daemon's user namespace another (userns-remap)? Use a daemon without, or `provider: engine`"
          : "let the virtual machine share the folder that XDG_STATE_HOME is in, or start it anew: its mount may be dead",
      },
    ];
  }
  if (!mount.isWritten) {
    return [
      {
        name,
        state: "warn",
        what: "a container reads a folder of this machine, and cannot write it",
        why: "services run; those that write into folders of this machine (`volumes:`) fail",
        do: "share the folder for writing, too; with userns-remap, let it belong to the remapped user",
      },
    ];
  }
  return [{ name, state: "ok", what: "a container read and wrote a folder of this machine" }];
}

function roomChecks({ freeBytes }: Probed): Check[] {
  if (freeBytes === undefined) return [];
  const what = `${size(freeBytes)} are free where the daemon keeps images and volumes`;
  if (freeBytes >= SCARCE_BYTES) return [{ name: "data", state: "ok", what }];
  return [
    {
      name: "data",
      state: freeBytes < FULL_BYTES ? "bad" : "warn",
      what,
      why: "images, volumes and what containers write take room there",
      do: "`docker system df` shows what takes it, `docker system prune` frees what nothing uses",
    },
  ];
}
