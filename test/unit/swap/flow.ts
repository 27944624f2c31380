import { isSameRelease, type Release } from "../../../src/model/artifact.ts";
import type { SwapEvent } from "../../../src/model/event.ts";
import { atRest, next } from "../../../src/swap/next.ts";
import type { Command, Swap } from "../../../src/swap/swap.ts";
import { books, event, good, releaseOf } from "./saves.ts";

/** What a saved state of the sources is worth. */
export type Worth = "works" | "breaks" | "doesNotBuild";

/** Of these no two must ever be under way at once; a probe may, it only looks. */
const isOnContainer = ({ kind }: Command): boolean => ["deliver", "restart", "commit", "rollBack"].includes(kind);

/**
 * A flow in miniature: it has open commands, and carries them out in any order, each answered once. What was cancelled
 * may still answer, late. It keeps what the pointer, the process and the journal are at, as the real one does.
 */
export class Flow {
  swap: Swap = atRest(books, good);
  readonly #worths: Worth[] = [];
  readonly #sources: string[] = [];
  #open: Command[] = [];
  pointer: Release = good;
  running: Release = good;
  journal: { good: Release; trial: Release | undefined } = { good, trial: undefined };
  /** Every event that was told, with the swap after it. */
  readonly told: { event: SwapEvent; swap: Swap }[] = [];
  /** Whatever must never happen. */
  readonly wrongs: string[] = [];

  get isIdle(): boolean {
    return this.#open.length === 0;
  }

  get newest(): number {
    return this.#worths.length;
  }

  save(worth: Worth, source: string): void {
    this.#worths.push(worth);
    this.#sources.push(source);
    this.#tell(event.saved(this.newest));
  }

  /** Carries one open command out; `pick` chooses which, `luck` how it goes where that is not decided by the source. */
  answer(pick: number, luck: number): void {
    const [command] = this.#open.splice(pick % this.#open.length, 1);
    const answer = command && this.#carryOut(command, luck);
    if (answer !== undefined) this.#tell(answer);
  }

  #tell(news: SwapEvent): void {
    const { swap, commands } = next(this.swap, news);
    this.swap = swap;
    this.told.push({ event: news, swap });
    for (const command of commands) this.#begin(command);
  }

  #begin(command: Command): void {
    if (isOnContainer(command) && this.#open.some(isOnContainer))
      this.wrongs.push(`${command.kind} ${command.generation} while the container is busy`);
    if (command.kind === "deliver" && command.generation !== this.newest)
      this.wrongs.push(`delivered ${command.generation}, though ${this.newest} was saved`);
    if (command.kind === "cancelBuild" || command.kind === "cancelProbe") this.#cancel(command);
    else if (command.kind === "tellUnchanged") this.#tell(event.unchanged(command.generation));
    else this.#open.push(command);
  }

  /** Half of what is cancelled answers all the same, whenever its turn comes. */
  #cancel({ kind, generation }: Command): void {
    const cancelled = kind === "cancelBuild" ? "build" : "probe";
    if (generation % 2 === 0) return;
    this.#open = this.#open.filter((open) => open.kind !== cancelled || open.generation !== generation);
  }

  #worthOf = (generation: number): Worth => this.#worths[generation - 1] ?? "works";
  #sourceOf = (generation: number): string => this.#sources[generation - 1] ?? "good";

  #works = (release: Release): boolean =>
    isSameRelease(release, good) || this.#worths.some((worth, at) => worth === "works" && this.#isOf(release, at));
  #isOf = (release: Release, at: number): boolean => isSameRelease(release, releaseOf(this.#sources[at] ?? ""));

  /** Does what a command asks, and says how it went. */
  #carryOut(command: Command, luck: number): SwapEvent | undefined {
    const n = command.generation;
    switch (command.kind) {
      case "build":
        return this.#worthOf(n) === "doesNotBuild" ? event.buildFailed(n) : event.built(n, this.#sourceOf(n));
      case "deliver":
        if (luck === 0) return event.notReady(n);
        this.journal = { good: command.good ?? command.release, trial: command.release };
        this.pointer = command.release;
        return event.delivered(n);
      case "restart":
        this.running = this.pointer;
        return luck === 1 ? event.notReady(n) : event.restarted(n);
      case "probe":
        return this.#works(this.running) ? event.ready(n) : event.notReady(n);
      case "commit":
        if (luck === 2) return event.notReady(n);
        this.journal = { good: command.release, trial: undefined };
        return event.committed(n);
      case "rollBack":
        if (luck === 3) return event.rollbackFailed(n);
        this.pointer = command.to;
        this.running = command.to;
        this.journal = { good: command.to, trial: undefined };
        return event.rolledBack(n);
      default:
        return undefined;
    }
  }
}
