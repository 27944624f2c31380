import type { Event } from "../model/event.ts";
import type { Cluster } from "./cluster.ts";
import { joinLoop } from "./join-loop.ts";
import type { Machine } from "./machine.ts";

/** Between two looks for a process that runs the save loop. */
const LOOK_MS = 1000;

/** Hears what the save loop of a cluster tells, whichever process runs it, until the machine's signal is aborted. */
export async function heedLoop(
  cluster: Pick<Cluster, "folder">,
  heed: (event: Event) => void,
  machine: Machine,
): Promise<void> {
  const { clock, signal } = machine;
  while (!signal.aborted) {
    const joined = await joinLoop(cluster, { onSnapshot: () => {}, onEvent: heed }, machine).catch(() => undefined);
    const leave = () => joined?.leave();
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    await joined?.ended;
    signal.removeEventListener("abort", leave);
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}
