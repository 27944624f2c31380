import { existsSync } from "node:fs";
import { type Failure, report } from "../../model/failure.ts";
import type { LinkPhase, LinkPort, LinkState } from "../../model/link.ts";
import { sshWritten } from "../../model/ssh.ts";
import type { Surroundings } from "../surroundings.ts";
import { GuestTime, setTime } from "../vm/guest-time.ts";
import { vmLoss } from "../vm/loss.ts";
import type { LinkLayout } from "./layout.ts";
import { Need } from "./need.ts";
import { type Sighting, type Stood, stand } from "./standing.ts";
import type { Trouble } from "./trouble.ts";

/** Between two attempts to connect anew. The last goes on. */
const PAUSES_MS = [0, 250, 500, 1000, 2000, 3000];
/** For so long a lost host is sought. */
const SEEKS_FOR_MS = 3_600_000;
/**
 * Holds the connection to a host: the daemon's socket and the ports that containers publish there, forwarded to this
 * machine for as long as both ends are there. A connection that dies is made anew, with all that it forwarded: forwards
 * that are made once, and die with their master, are what lima#5420 and colima#1033 tell of.
 */
export class Link {
  readonly #layout: LinkLayout;
  readonly #surroundings: Surroundings;
  readonly #say: (line: string) => void;
  readonly #ending = new AbortController();
  readonly #need: Need;
  #phase: LinkPhase = "connecting";
  #since: string;
  #failure: Failure | undefined;
  #ports: readonly LinkPort[] = [];
  #wake: () => void = () => {};
  #isWoken = false;
  /** Something of ours was at its other end when that was last seen. */
  #isBusy = true;
  /** Its machine did not run when it was last looked at. */
  #isGone = false;
  readonly #time: GuestTime | undefined;

  /** @param say takes a line for its log */
  constructor(layout: LinkLayout, surroundings: Surroundings, say: (line: string) => void) {
    this.#layout = layout;
    this.#surroundings = surroundings;
    this.#say = say;
    this.#since = this.#now();
    this.#need = new Need(surroundings.clock);
    const { machine } = layout.address;
    if (machine?.of === "vm") this.#time = new GuestTime(surroundings.clock, () => this.#setTime(machine.cluster));
  }

  get state(): LinkState {
    const { address } = this.#layout;
    const about = { pid: process.pid, host: sshWritten(address), ...(address.machine && { isMachine: true }) };
    const failure = this.#failure && report(this.#failure);
    return { ...about, phase: this.#phase, since: this.#since, ports: this.#ports, ...(failure && { failure }) };
  }

  /** As `Need.use`; one that was released meanwhile looks at once when that has ended. */
  use(): () => void {
    const leave = this.#need.use();
    return () => {
      leave();
      if (this.#need.isReleased) this.hurry();
    };
  }

  lend(): void {
    this.#need.lend();
    this.#say("its address was given to a shell: it stays for half an hour");
  }

  /** Looks, or tries to connect, at once and not after its pause. */
  hurry(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /** Whether it has been decided that it ends. */
  get isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  end(): void {
    this.#ending.abort();
    this.hurry();
  }

  release(): void {
    this.#need.release();
    this.hurry();
  }

  /** Resolves when it is over: told to end, of no use any more, or given up (phase `failed`). */
  async run(): Promise<void> {
    const { clock } = this.#surroundings;
    let lostAt: number | undefined;
    for (let attempt = 0; !this.#ending.signal.aborted; attempt++) {
      await this.#pause(PAUSES_MS[attempt] ?? PAUSES_MS.at(-1) ?? 0);
      const { trouble, hasStood } = await this.#stand();
      if (trouble === undefined) return;
      if (hasStood) [attempt, lostAt] = [0, clock.monotonic()];
      // Whoever asks for a connection waits for it: the first attempt is theirs to repeat.
      const isOver = trouble.isFinal || lostAt === undefined || clock.monotonic() - lostAt > SEEKS_FOR_MS;
      this.#ports = [];
      this.#become(isOver ? "failed" : "lost", trouble.failure);
      if (isOver || this.#isOfNoUse()) return;
    }
  }

  /** A connection's life; of a machine of ours that is not there it is known why, without one. */
  async #stand(): Promise<Stood> {
    const gone = await this.#whyGone();
    const isBack = gone === undefined && this.#isGone;
    this.#isGone = gone !== undefined;
    if (gone !== undefined) return { trouble: gone, hasStood: false };
    // Why it was not there is not true any more, however long it takes to connect.
    if (isBack) this.#become("connecting");
    const stood = await stand(this.#layout, this.#surroundings, {
      seen: (sighting) => this.#see(sighting),
      pause: (ms) => this.#pause(ms),
      wake: () => this.hurry(),
      signal: this.#ending.signal,
    });
    if (stood.trouble === undefined) return stood;
    const why = await this.#whyGone();
    this.#isGone = why !== undefined;
    return { ...stood, trouble: why ?? stood.trouble };
  }

  async #whyGone(): Promise<Trouble | undefined> {
    const { machine } = this.#layout.address;
    const failure = machine?.of === "vm" ? await vmLoss(machine.cluster, this.#surroundings) : undefined;
    return failure && { failure, isFinal: false };
  }

  #see({ containers, ports, failure }: Sighting): void {
    this.#ports = ports;
    this.#become(failure === undefined ? "up" : "silent", failure);
    this.#time?.pass();
    if (failure === undefined) this.#isBusy = containers > 0;
    if (this.#isOfNoUse()) this.end();
  }

  /** Nobody needs what it leads to; or nobody can find it any more, because its folder was removed. */
  #isOfNoUse(): boolean {
    return this.#need.isOver(this.#isBusy) || !existsSync(this.#layout.orders);
  }

  async #setTime(cluster: string): Promise<void> {
    const aheadMs = await setTime(cluster, this.#surroundings);
    if (aheadMs === undefined) return;
    this.#say(`the guest's clock was ${Math.abs(aheadMs)} ms ${aheadMs > 0 ? "ahead" : "behind"}, and was set`);
  }

  #become(phase: LinkPhase, failure?: Failure): void {
    const isNew = phase !== this.#phase || failure?.message !== this.#failure?.message;
    this.#failure = failure;
    if (!isNew) return;
    [this.#phase, this.#since] = [phase, this.#now()];
    this.#say(
      failure === undefined ? phase : `${phase}: ${failure.message}${failure.output ? `\n${failure.output}` : ""}`,
    );
  }

  /** Ends early when there is something to do; what came before it began counts. */
  async #pause(ms: number): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    if (!this.#isWoken) await this.#surroundings.clock.sleep(ms, woken.signal).catch(() => undefined);
    this.#isWoken = false;
  }

  #now(): string {
    return new Date(this.#surroundings.clock.now()).toISOString();
  }
}
