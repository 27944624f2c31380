import type { ContainerEvent } from "../docker/daemon.ts";
import { dockerHost } from "../model/endpoint.ts";
import type { FailureReport } from "../model/failure.ts";
import type { ContainerId, ServiceName } from "../model/names.ts";
import { wayMender } from "../provider/mend.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** How often a daemon that was lost is asked whether it answers again. */
const ASK_EVERY_MS = 250;
/** A daemon that takes a question and says nothing for so long is lost too: a VM that sleeps, a tunnel that hangs. */
const ANSWERS_WITHIN_MS = 5000;

export interface DaemonListener {
  /** Something happened to a container of the cluster. */
  onEvent(event: ContainerEvent): void;
  /** The daemon is back; these services ran when it was lost, and do not now. Never rejects. */
  onBack(ended: readonly ServiceName[]): Promise<BroughtBack>;
}

export interface BroughtBack {
  /** Services that run again. */
  readonly started: readonly ServiceName[];
  readonly failure?: FailureReport | undefined;
}

/**
 * The save loop's line to its daemon: follows the cluster's containers, and sits out the time when the daemon does not
 * answer, so that a restart of dockerd in the middle of a swap is a wait and no failure. A swap that fails asks here
 * whether it is the daemon that failed.
 */
export class DaemonLink {
  readonly #cluster: Cluster;
  readonly #machine: Machine;
  #listener: DaemonListener | undefined;
  #outage: Promise<void> | undefined;
  #outages = 0;
  /** What ran when it was last heard of. */
  readonly #running = new Map<ContainerId, ServiceName>();

  /** @param machine its signal ends all waiting */
  constructor(cluster: Cluster, machine: Machine) {
    this.#cluster = cluster;
    this.#machine = machine;
  }

  /** How often the daemon was lost so far. */
  get outages(): number {
    return this.#outages;
  }

  /** Follows the daemon until the machine's signal is aborted. */
  async follow(listener: DaemonListener): Promise<void> {
    const { clock, signal } = this.#machine;
    this.#listener = listener;
    while (!signal.aborted) {
      // Why it ended is found out by asking.
      await this.#listen(listener).catch(() => undefined);
      await this.overcome().catch(() => undefined);
      await clock.sleep(ASK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  /**
   * Resolves with false where the daemon answers, and with true when it does so again and what had ended with it runs.
   * @throws Failure when the machine's signal is aborted first.
   */
  async overcome(): Promise<boolean> {
    if (this.#outage === undefined && (await this.#answers())) return false;
    this.#outage ??= this.#sitOut().finally(() => {
      this.#outage = undefined;
    });
    await this.#outage;
    return true;
  }

  async #listen(listener: DaemonListener): Promise<void> {
    const { daemon, name } = this.#cluster;
    const events = daemon.events(name, this.#machine.signal);
    const { containers } = await daemon.observe(name);
    this.#running.clear();
    for (const { id, service, state } of containers) if (state === "running") this.#running.set(id, service);
    for await (const event of events) {
      if (event.action === "start") this.#running.set(event.container, event.service);
      if (event.action === "die") void this.#died(event);
      listener.onEvent(event);
    }
  }

  /** A daemon that ends takes no more questions first, and then ends its containers: those are to run again. */
  async #died({ container }: ContainerEvent): Promise<void> {
    const hasOutlived = this.#outage === undefined && (await this.#answers());
    if (hasOutlived) this.#running.delete(container);
    else await this.overcome().catch(() => undefined);
  }

  async #sitOut(): Promise<void> {
    const { bus, clock, signal } = this.#machine;
    signal.throwIfAborted();
    this.#outages++;
    const begun = clock.monotonic();
    bus.dispatch({ type: "daemonLost", at: clock.now(), address: dockerHost(this.#cluster.endpoint.address) });
    const { started, failure } = await this.#broughtBack();
    const news = { ms: clock.monotonic() - begun, started, ...(failure && { failure }) };
    bus.dispatch({ type: "daemonBack", at: clock.now(), ...news });
  }

  async #broughtBack(): Promise<BroughtBack> {
    const { clock, signal } = this.#machine;
    const mend = wayMender(this.#cluster.endpoint, this.#machine, signal);
    for (;;) {
      while (!(await this.#answers())) {
        await mend();
        await clock.sleep(ASK_EVERY_MS, signal);
      }
      const ended = await this.#endedWithIt().catch(() => undefined);
      const back = ended && (await this.#listener?.onBack(ended));
      signal.throwIfAborted();
      // It may have gone again meanwhile.
      if (back !== undefined && (back.failure === undefined || (await this.#answers()))) return back;
    }
  }

  async #endedWithIt(): Promise<readonly ServiceName[]> {
    const { containers } = await this.#cluster.daemon.observe(this.#cluster.name);
    const ended = containers.filter(({ id, state }) => this.#running.has(id) && state !== "running");
    return [...new Set(ended.map(({ service }) => service))];
  }

  async #answers(): Promise<boolean> {
    const late = this.#machine.clock.sleep(ANSWERS_WITHIN_MS).then(() => false);
    const asked = this.#ask().then(
      () => true,
      () => false,
    );
    return Promise.race([asked, late]);
  }

  /** On a connection of its own: a dockerd that ends its containers goes on answering on those that are open. */
  async #ask(): Promise<void> {
    const daemon = await this.#machine.connect(this.#cluster.endpoint.address);
    try {
      await daemon.ping();
    } finally {
      daemon.close();
    }
  }
}
