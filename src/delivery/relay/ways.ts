import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { RelayRoute } from "../../model/relay.ts";
import { dial } from "./dial.ts";
import { httpWay } from "./http-way.ts";
import type { Way } from "./way.ts";

/** What a way is made with. */
export interface WayContext {
  /** Authorities that remotes may be signed by, for TLS... */
  readonly trust: SecureContext;
  /** ...and as PEM, for HTTPS. */
  readonly authorities: readonly string[];
}

export function wayOf(route: RelayRoute, context: WayContext): Way {
  if (route.target.kind === "http") return httpWay(route.service, route.target, context.authorities);
  const { target } = route;
  return { take: (client) => join(client, dial(target, context.trust)), close: () => {} };
}

/**
 * Lets two connections be one: each half ends when its own source has, so that who has said all may still be answered.
 * What breaks on one side is a broken connection on the other, too.
 */
function join(client: Socket, target: Socket): void {
  for (const [from, to] of [
    [client, target],
    [target, client],
  ] as const) {
    from.pipe(to);
    from.on("error", () => {}); // its close is what counts
    from.on("close", () => {
      if (!from.readableEnded) to.destroy();
      else if (to.writableFinished) to.destroy();
      else to.once("finish", () => to.destroy()); // what it was still to be sent goes first
    });
  }
}
