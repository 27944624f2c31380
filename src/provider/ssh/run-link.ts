import { rm } from "node:fs/promises";
import { withLock } from "../../host/lock.ts";
import type { SshAddress } from "../../model/ssh.ts";
import { sshWritten } from "../../model/ssh.ts";
import type { Surroundings } from "../surroundings.ts";
import { lifeLock, linkLayout } from "./layout.ts";
import { Link } from "./link.ts";
import { takeOrders } from "./orders.ts";

/**
 * How long a link that was given up stays, and says why. Only an `up` has another one try meanwhile: a screen that looks
 * every two seconds would have the server bar this address.
 */
const TELLS_FOR_MS = 30_000;
/** How long one link may wait for the end of another, which tells its ssh to end first: an order has five seconds. */
const TAKES_OVER_WITHIN_MS = 15_000;

/**
 * The life of a link's process: until it is told to end, is of no use any more, or is given up.
 * @param say takes a line for its log
 * @param signal tells it to end
 */
export async function runLink(
  address: SshAddress,
  surroundings: Surroundings,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const layout = linkLayout(address, surroundings);
  const link = new Link(layout, surroundings, say);
  const lock = {
    wait: true,
    command: `devenv ssh-link ${sshWritten(address)}`,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TAKES_OVER_WITHIN_MS)]),
  };
  await withLock(lifeLock(layout), lock, async () => {
    const told = new AbortController();
    const server = await takeOrders(link, layout.orders, () => told.abort());
    const over = AbortSignal.any([told.signal, signal]);
    over.addEventListener("abort", () => link.end(), { once: true });
    if (over.aborted) link.end();
    await link.run();
    if (link.state.phase === "failed") await surroundings.clock.sleep(TELLS_FOR_MS, over).catch(() => undefined);
    say("the link ends");
    server.close();
    server.closeAllConnections();
    await rm(layout.orders, { force: true });
  });
}
