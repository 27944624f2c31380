import type { Endpoint } from "../../model/endpoint.ts";
import { ordersBeside } from "../ssh/layout.ts";
import { askLink } from "../ssh/orders.ts";
import { socketOf } from "../ssh.ts";
import type { Surroundings } from "../surroundings.ts";
import { knownMinikubes, type MinikubeLayout, minikubeLayout } from "./layout.ts";
import { lookAt } from "./machine.ts";
import { findMinikube } from "./program.ts";
import { addressOf, askWay } from "./way.ts";

/** Asking is several programs' work, and may have dockerd restarted. */
const ASK_EVERY_MS = 10_000;

/**
 * For those who wait for the daemon in a machine of minikube's: gives what is called again and again, and finds out where
 * the machine is now, once nothing answers any more where it was. The link, which goes on trying, takes the new address at
 * its next attempt. A machine that was stopped stays so. Never throws: who waits asks again.
 */
export function follower({ address }: Endpoint, surroundings: Surroundings): () => Promise<void> {
  const { clock } = surroundings;
  let askedAt = clock.monotonic();
  return async () => {
    if (address.kind !== "unix" || clock.monotonic() - askedAt < ASK_EVERY_MS) return;
    const state = await askLink(ordersBeside(address.path)).catch(() => undefined);
    if (state !== undefined && state.phase !== "lost" && state.phase !== "failed") return;
    askedAt = clock.monotonic();
    const layout = await layoutBehind(address.path, surroundings);
    if (layout !== undefined) await askAnew(layout, surroundings).catch(() => undefined);
  };
}

/** The machine whose daemon's forwarded socket this is. */
async function layoutBehind(socket: string, surroundings: Surroundings): Promise<MinikubeLayout | undefined> {
  const layouts = (await knownMinikubes(surroundings)).map((profile) => minikubeLayout(profile, surroundings));
  return layouts.find((layout) => socketOf(addressOf(layout), surroundings) === socket);
}

async function askAnew(layout: MinikubeLayout, surroundings: Surroundings): Promise<void> {
  const machine = { minikube: await findMinikube(surroundings), profile: layout.profile };
  const { state } = await lookAt(machine, surroundings);
  if (state === "running" || state === "paused") await askWay(machine, layout, surroundings, () => {});
}
