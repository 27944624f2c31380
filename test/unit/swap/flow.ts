import { isSameRelease, type Release } from "../../../src/model/artifact.ts";
import type { SwapEvent } from "../../../src/model/event.ts";
import { atRest, next } from "../../../src/swap/next.ts";
import type { Command, Swap } from "../../../src/swap/swap.ts";
import { books, event, good, releaseOf } from "./saves.ts";

/** What a saved state of the sources is worth. */
export type Worth = "works" | "breaks" | "doesNotBuild";

/** Of these no two must ever be under way at once; a probe, a check and a settling may, they only look. */
const isOnContainer = ({ kind }: Command): boolean => ["deliver", "restart", "commit", "rollBack"].includes(kind);

/** With these a generation ends, and with a failure that nothing is gone back from. */
const ENDS: ReadonlySet<SwapEvent["type"]> = new Set([
  ...(["superseded", "replaced", "unchanged", "buildFailed", "settled", "rolledBack", "rollbackFailed"] as const),
]);

const CANCELLED: Partial<Record<Command["kind"], Command["kind"]>> = {
  cancelBuild: "build",
  cancelProbe: "probe",
  cancelCheck: "check",
};

function announced(command: Command): SwapEvent | undefined {
  switch (command.kind) {
    case "tellUnchanged":
      return event.unchanged(command.generation);
    case "tellSuperseded":
      return event.superseded(command.generation, command.by);
    case "tellReplaced":
      return event.replaced(command.generation, command.by);
    default:
      return undefined;
  }
}

/** What says what was decided, and decides nothing. */
export const isAnnouncement = ({ type }: SwapEvent): boolean => ["unchanged", "superseded", "replaced"].includes(type);

/**
 * A flow in miniature: it has open commands, and carries them out in any order, each answered once. What was cancelled
 * may still answer, late. It keeps what the pointer, the process and the journal are at, as the real one does.
 */
export class Flow {
  swap: Swap;
  readonly #worths: Worth[] = [];
  readonly #sources: string[] = [];
  #newestBuilt = 0;
  #open: Command[] = [];
  pointer: Release = good;
  running: Release = good;
  journal: { good: Release; trial: Release | undefined } = { good, trial: undefined };
  /** Every event that was told, with the swap after it. */
  readonly told: { event: SwapEvent; swap: Swap }[] = [];
  /** With what each generation ended, which should be one thing. */
  readonly ends = new Map<number, SwapEvent["type"][]>();
  /** Whatever must never happen. */
  readonly wrongs: string[] = [];

  constructor({ isChecked }: { readonly isChecked: boolean }) {
    this.swap = atRest(books, good, isChecked);
  }

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
    const before = this.swap;
    const { swap, commands } = next(before, news);
    this.swap = swap;
    this.told.push({ event: news, swap });
    if (swap.good !== before.good && news.type !== "settled") this.wrongs.push(`good changed upon ${news.type}`);
    const isLate = swap === before && !isAnnouncement(news);
    if (news.type === "built" && !isLate) this.#newestBuilt = news.generation;
    if (!isLate) this.#note(news, commands);
    for (const command of commands) this.#begin(command);
  }

  #note(news: SwapEvent, commands: readonly Command[]): void {
    const isFailure = news.type === "notReady" || news.type === "died";
    const isEnd = isFailure ? commands.every(({ kind }) => kind !== "rollBack") : ENDS.has(news.type);
    if (isEnd) this.ends.set(news.generation, [...(this.ends.get(news.generation) ?? []), news.type]);
  }

  #begin(command: Command): void {
    const last = this.told.at(-1)?.event;
    if (command.kind === "commit" && last?.type !== (this.swap.isChecked ? "checked" : "ready"))
      this.wrongs.push(`committed ${command.generation} upon ${last?.type}`);
    // What settled until then is stopped by it.
    if (command.kind === "deliver") this.#open = this.#open.filter(({ kind }) => kind !== "settle");
    if (isOnContainer(command) && this.#open.some(isOnContainer))
      this.wrongs.push(`${command.kind} ${command.generation} while the container is busy`);
    if (command.kind === "deliver" && command.generation !== this.#newestBuilt)
      this.wrongs.push(`delivered ${command.generation}, though ${this.#newestBuilt} was built`);
    if (command.kind === "deliver" && this.swap.build.is !== "none")
      this.wrongs.push(`delivered ${command.generation}, though a newer one is built or waits`);
    const cancelled = CANCELLED[command.kind];
    const news = announced(command);
    if (cancelled !== undefined) this.#cancel(cancelled, command);
    else if (news !== undefined) this.#tell(news);
    else this.#open.push(command);
  }

  /** Half of what is cancelled answers all the same, whenever its turn comes. */
  #cancel(cancelled: Command["kind"], { generation }: Command): void {
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
        return this.#probe(n);
      case "check":
        return luck === 4 ? event.notReady(n) : event.checked(n);
      case "commit":
        return luck === 2 ? event.notReady(n) : event.committed(n);
      case "settle":
        return this.#settle(command.release, n, luck);
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

  #probe = (n: number): SwapEvent => (this.#works(this.running) ? event.ready(n) : event.notReady(n));

  #settle(release: Release, n: number, luck: number): SwapEvent {
    if (luck === 5) return event.died(n);
    this.journal = { good: release, trial: undefined };
    return event.settled(n);
  }
}
