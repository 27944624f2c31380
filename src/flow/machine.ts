import type { Store } from "../artifact/store.ts";
import type { Daemon } from "../docker/daemon.ts";
import type { Address } from "../model/endpoint.ts";
import type { Redactor } from "../model/secret.ts";
import type { Surroundings } from "../provider/surroundings.ts";
import type { Bus } from "../state/bus.ts";

/** What main.ts hands to every flow: this machine, behind ports and as values. */
export interface Machine extends Surroundings {
  readonly bus: Bus;
  readonly store: Store;
  /** Opens a connection to the daemon at an address. */
  readonly connect: (address: Address) => Promise<Daemon>;
  /** Learns every secret that a flow reads; nothing is written but through it. */
  readonly secrets: Redactor;
  /** A person sits at the terminal, who can be asked for a password there. */
  readonly isAtTerminal: boolean;
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
}
