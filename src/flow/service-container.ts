import { type Console, openConsole } from "../delivery/console.ts";
import { lastLines, programEnd } from "../delivery/crash.ts";
import { awaitFate, type Fate, hasCrashed } from "../delivery/fate.ts";
import { KeptLine } from "../delivery/inner-line.ts";
import { awaitReady } from "../delivery/readiness.ts";
import type { ReadyTarget, Verdict } from "../delivery/ready-target.ts";
import { isFollowed, type RestartTarget, restartService } from "../delivery/restart.ts";
import { textOf } from "../delivery/supervisor-words.ts";
import type { ContainerDetail, ContainerState, ObservedContainer } from "../model/container.ts";
import { type Failure, failed } from "../model/failure.ts";
import type { ContainerId } from "../model/names.ts";
import type { Service } from "../model/profile.ts";
import { containerNameOf } from "../plan/names.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** Between two looks at a container that was stopped: whoever did it may start it again. */
const LOOK_MS = 250;
const SELDOM_MS = 4000;

/** What a restart is to take up. */
type Taken = Pick<RestartTarget, "digest" | "isReconfigured">;

/** Anew each time: signals that are derived from one that lives on would pile up in it. */
const never = (): AbortSignal => new AbortController().signal;

/**
 * One container of a service, followed across restarts and replacements: another terminal may have brought it down
 * and up again since the last look. An open console belongs to a container that runs; without one, the daemon is asked
 * for its identity, and its address is asked for at each restart.
 */
export class ServiceContainer {
  readonly service: Service;
  readonly #number: number;
  readonly #cluster: Cluster;
  readonly #machine: Machine;
  #console: Console | undefined;
  readonly #line = new KeptLine();
  #detail: ContainerDetail | undefined;
  #isClosed = false;

  /** @param number which of the service's containers, from 1 on */
  constructor(service: Service, cluster: Cluster, machine: Machine, number = 1) {
    this.service = service;
    this.#number = number;
    this.#cluster = cluster;
    this.#machine = machine;
  }

  /**
   * Has the service take up what its pointers name; resolves when the new program was started.
   * @param moved where the pointers moved: the start of that artifact is waited for
   * @throws Failure when there is no container, or it does not start.
   */
  async restart(moved?: Taken): Promise<void> {
    const container = this.#console?.isOpen ? this.#console.container : await this.#find();
    try {
      await this.#restart(container, moved);
    } catch (thrown) {
      // Replaced or removed at this very moment: then it is the other one's turn.
      await this.#untilRemoved(container);
      const other = await this.#find();
      if (other === container) throw thrown;
      await this.#restart(other, moved);
    }
  }

  /** Docker lists a container that is being removed until the last of it is gone, and starts it no more. */
  async #untilRemoved(container: ContainerId): Promise<void> {
    const { daemon } = this.#cluster;
    const state = await daemon.inspect(container).then(
      (detail) => detail.state,
      () => "missing",
    );
    if (state === "removing" || state === "dead") await daemon.remove(container);
  }

  async #restart(container: ContainerId, moved: Taken | undefined): Promise<void> {
    const { daemon } = this.#cluster;
    if (this.#console?.container !== container) this.#forgetConsole();
    const target = { daemon, container, console: this.#console, ...moved };
    // A restart is never left half done by Ctrl-C: the code behind the pointer has to be on trial or taken back.
    const { detail, console } = await restartService(this.service, target, this.#machine.clock, never());
    if (console !== this.#console) this.#forgetConsole();
    this.#console = console;
    this.#detail = detail;
  }

  /** Attaches ahead of the first restart, which then need not. A container that cannot be had now is told then. */
  async attach(): Promise<void> {
    if (!isFollowed(this.service)) return;
    try {
      const console = await openConsole(this.#cluster.daemon, await this.#find(), this.service, never());
      if (this.#console === undefined && !this.#isClosed) this.#console = console;
      else console.close();
    } catch {
      // No container, or no daemon, at this moment.
    }
  }

  /** How it is at this moment. @throws Failure when the daemon does not answer. */
  async state(): Promise<ContainerState | "missing"> {
    return (await this.#look())?.state ?? "missing";
  }

  /** Follows the container as it is now, where its console ended with its daemon, or it is another container. */
  async reconnect(): Promise<void> {
    const followed = this.#console?.isOpen ? this.#console.container : undefined;
    if (followed !== undefined && followed === (await this.#look())?.id) return;
    this.#forgetConsole();
    this.#detail = undefined;
    await this.attach();
  }

  /**
   * Probes until it answers. An aborted wait ends quietly: whoever aborted it knows why.
   * @throws Failure (exit code 1) with its last lines when it ends, or does not answer within its deadline.
   */
  async expectReady(signal: AbortSignal): Promise<void> {
    const target = await this.#target();
    const result = await awaitReady(this.service, target, this.#machine.clock, signal);
    if (result.ready || signal.aborted) return;
    const { reason, output, end } = result;
    throw failed(`${this.service.name} ${reason}`, { output, end, hint: this.#lookAtLogs() });
  }

  async #target(): Promise<ReadyTarget> {
    const { daemon, endpoint, name, mount } = this.#cluster;
    const { service } = this;
    const { id: container, address } = this.#detail ?? (await daemon.inspect(await this.#find()));
    const hasSetup = mount.observe([service.name]).get(service.name)?.hasSetup;
    const ways = { address, ports: service.ports, console: this.#console, line: this.#line };
    return { daemon, endpoint, name, container, hasSetup, ...ways };
  }

  /**
   * Follows a program that answers until it has run for `ms` in one piece. Gives its failure when it ends by itself, and
   * undefined when the time is over. Where it is stopped, paused or removed, all of the time begins when it runs again.
   * @throws Failure when the daemon does not answer.
   */
  async crashWithin(ms: number, signal: AbortSignal): Promise<Failure | undefined> {
    for (let time = ms; !signal.aborted; time = Math.max(ms, LOOK_MS)) {
      const fate = await this.#fateWithin(time, signal);
      if (signal.aborted) break;
      if (fate?.is === "crashed") return this.#crash(fate.verdict);
      const state = fate === undefined ? await this.state() : "exited";
      if (state === "running") break;
      // Else it ended at this very moment: how, its fate tells.
      if (fate !== undefined || state === "paused" || state === "missing") await this.#runsAgain(signal);
    }
    return undefined;
  }

  /** Undefined when the time is over. @throws Failure when the daemon does not answer. */
  async #fateWithin(ms: number, signal: AbortSignal): Promise<Fate | undefined> {
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const timer = this.#machine.clock.sleep(ms, until).catch(() => undefined);
    try {
      return await Promise.race([this.#fate(until), timer.then(() => undefined)]);
    } catch {
      if (!signal.aborted) await this.state(); // the container is gone, or the daemon is: then this fails, too
      return { is: "stopped" };
    } finally {
      over.abort();
    }
  }

  async #fate(signal: AbortSignal): Promise<Fate> {
    if (this.#console === undefined) await this.attach();
    return awaitFate(this.service.name, await this.#target(), this.#machine.clock, signal);
  }

  /** Looks ever more seldom: whoever stopped it may have gone home. */
  async #runsAgain(signal: AbortSignal): Promise<void> {
    for (let pause = LOOK_MS; ; pause = Math.min(2 * pause, SELDOM_MS)) {
      await this.#machine.clock.sleep(pause, signal).catch(() => undefined);
      const isRunning = !signal.aborted && (await this.state()) === "running";
      if (signal.aborted) return;
      if (isRunning) break;
    }
    this.#forgetConsole();
    this.#detail = undefined;
  }

  /**
   * The failure of a program that answered at `sinceMs` (since the epoch), and of whose end nobody was told: it does not
   * run any more, or Docker started it anew. Undefined where it runs on.
   * @throws Failure when the daemon does not answer.
   */
  async crashSince(sinceMs: number): Promise<Failure | undefined> {
    const { daemon } = this.#cluster;
    const found = await this.#look();
    if (found === undefined) return this.#crash({ reason: "has no container any more" });
    const detail = await daemon.inspect(found.id);
    const isRestarted = detail.restarts > 0 && Date.parse(detail.startedAt) > sinceMs;
    if ((detail.state === "running" || detail.state === "paused") && !isRestarted) return undefined;
    const output = textOf(await lastLines(this.service.name, await this.#target(), detail));
    if (isRestarted) return this.#crash({ reason: "ended, and Docker started it anew", output });
    if (!hasCrashed(detail)) return this.#crash({ reason: "was stopped", output });
    return this.#crash({ reason: `ended with code ${detail.exitCode}`, output, end: programEnd(detail.exitCode) });
  }

  #crash({ reason, output, end }: Omit<Verdict, "ready">): Failure {
    return failed(`${this.service.name} answered, and then ${reason}`, { output, end, hint: this.#lookAtLogs() });
  }

  /** @throws Failure (exit code 1) when it ends with another code than 0. */
  async expectCompleted(signal: AbortSignal): Promise<void> {
    const code = await this.#cluster.daemon.wait(await this.#find(), signal);
    if (code === 0 || signal.aborted) return;
    throw failed(`${this.service.name} ended with exit code ${code}`, { hint: this.#lookAtLogs() });
  }

  close(): void {
    this.#isClosed = true;
    this.#line.close();
    this.#forgetConsole();
  }

  #lookAtLogs(): string {
    return `\`devenv logs ${this.service.name}\` shows what it printed.`;
  }

  #forgetConsole(): void {
    this.#console?.close();
    this.#console = undefined;
  }

  async #find(): Promise<ContainerId> {
    const container = await this.#look();
    if (container !== undefined) return container.id;
    throw failed(`${this.service.name} has no container`, { hint: "Bring it up with `devenv up`." });
  }

  /** By its name; else, where somebody renamed it, by what it is: a replacement under way never has the one's name. */
  async #look(): Promise<ObservedContainer | undefined> {
    const { daemon, name } = this.#cluster;
    const containerName = containerNameOf(name, this.service, this.#number);
    const { containers } = await daemon.observe(name);
    const own = containers.filter(({ service, number }) => service === this.service.name && number === this.#number);
    return containers.find((container) => container.name === containerName) ?? own.find(isRunning);
  }
}

const isRunning = ({ state }: ObservedContainer): boolean => state === "running" || state === "paused";
