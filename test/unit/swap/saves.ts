import type { Release } from "../../../src/model/artifact.ts";
import type { SwapEvent } from "../../../src/model/event.ts";
import type { FailureReport } from "../../../src/model/failure.ts";
import { artifactDigest, type Generation, generation, serviceName } from "../../../src/model/names.ts";
import { atRest, next } from "../../../src/swap/next.ts";
import type { Command, Swap } from "../../../src/swap/swap.ts";

export const books = serviceName("books");
export const at = (number: number): Generation => generation(number);

/** A release by its letter: `good` runs at the start. */
export function releaseOf(letter: string): Release {
  const digest = artifactDigest(Buffer.from(letter).toString("hex").padEnd(64, "0"));
  return { artifact: { digest, kind: "file", build: `local:${letter}` } };
}

export const good = releaseOf("good");
export const failure: FailureReport = { class: "user", message: "it does not work" };

/** Events of the service `books`, by generation. */
export const event = {
  saved: (n: number): SwapEvent => ({ ...of(n), type: "saved", paths: ["/team/repos/books/main.go"], detectMs: 1 }),
  built: (n: number, letter = `build ${n}`): SwapEvent => ({
    ...of(n),
    type: "built",
    release: releaseOf(letter),
    ms: 1,
    waitMs: 0,
  }),
  buildFailed: (n: number): SwapEvent => ({ ...of(n), type: "buildFailed", failure, ms: 1 }),
  unchanged: (n: number): SwapEvent => ({ ...of(n), type: "unchanged", build: good.artifact.build }),
  delivered: (n: number): SwapEvent => ({ ...of(n), type: "delivered", ms: 1 }),
  restarted: (n: number): SwapEvent => ({ ...of(n), type: "restarted", ms: 1 }),
  ready: (n: number): SwapEvent => ({ ...of(n), type: "ready", ms: 1 }),
  committed: (n: number): SwapEvent => ({
    ...of(n),
    type: "committed",
    build: good.artifact.build,
    digest: good.artifact.digest,
    settlesInMs: 10_000,
    times: { detect: 1, wait: 0, build: 1, deliver: 1, restart: 1, ready: 1, check: 0, total: 4 },
  }),
  checked: (n: number): SwapEvent => ({ ...of(n), type: "checked", ms: 1 }),
  settled: (n: number): SwapEvent => ({ ...of(n), type: "settled", build: good.artifact.build }),
  superseded: (n: number, by = n + 1): SwapEvent => ({ ...of(n), type: "superseded", by: at(by) }),
  replaced: (n: number, by?: number): SwapEvent => ({
    ...of(n),
    type: "replaced",
    ...(by !== undefined && { by: at(by) }),
  }),
  notReady: (n: number): SwapEvent => ({ ...of(n), type: "notReady", stage: "ready", failure }),
  died: (n: number): SwapEvent => ({ ...of(n), type: "died", failure }),
  rolledBack: (n: number): SwapEvent => ({ ...of(n), type: "rolledBack", to: good.artifact.build, ms: 1 }),
  rollbackFailed: (n: number): SwapEvent => ({
    ...of(n),
    type: "rollbackFailed",
    to: good.artifact.build,
    stage: "ready",
    failure,
  }),
};

const of = (n: number) => ({ service: books, generation: at(n) });

/** A swap after these events, and the commands that the last one gave. */
export const upon = (...events: readonly SwapEvent[]) => following(atRest(books, good), events);

/** The same of a service whose releases are checked by hooks. */
export const uponChecked = (...events: readonly SwapEvent[]) => following(atRest(books, good, true), events);

export function following(from: Swap, events: readonly SwapEvent[]): { swap: Swap; commands: readonly Command[] } {
  let swap = from;
  let commands: readonly Command[] = [];
  for (const each of events) ({ swap, commands } = next(swap, each));
  return { swap, commands };
}

/** `build 2`, `deliver 2 over good`: a command in a few words. */
export function inWords(command: Command): string {
  const { kind, generation } = command;
  switch (command.kind) {
    case "deliver":
      return `deliver ${generation}: ${letterOf(command.release)} over ${letterOf(command.good)}`;
    case "rollBack":
      return `roll back ${generation}: ${letterOf(command.from)} to ${letterOf(command.to)}`;
    case "commit":
    case "check":
    case "settle":
    case "tellUnchanged":
      return `${kind} ${generation}: ${letterOf(command.release)}`;
    case "tellSuperseded":
    case "tellReplaced":
      return `${kind} ${generation}: by ${command.by}`;
    default:
      return `${kind} ${generation}`;
  }
}

const letterOf = (release: Release | undefined): string => release?.artifact.build.slice("local:".length) ?? "nothing";

/** `building 2, probing 1`: both sides of a swap in a few words. */
export function stateOf({ build, phase }: Swap): string {
  const side = (it: { is: string; generation?: Generation }) =>
    it.generation === undefined ? it.is : `${it.is} ${it.generation}`;
  return `${side(build)}, ${side(phase)}`;
}
