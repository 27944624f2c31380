import type { Event } from "../../../src/model/event.ts";
import { type Failure, failed, report } from "../../../src/model/failure.ts";
import { clusterName, generation, type ServiceName, serviceName } from "../../../src/model/names.ts";
import type { RepositoryNow } from "../../../src/model/repository.ts";
import type { ServiceStatus } from "../../../src/model/status.ts";
import type { SwapRecord } from "../../../src/model/swap-record.ts";
import type { Usage } from "../../../src/model/usage.ts";
import { type Bus, createBus } from "../../../src/state/bus.ts";
import type { Done, Intent } from "../../../src/state/intents.ts";
import type { Live, LiveLine, LoopNews, StatusNews } from "../../../src/state/live.ts";
import type { ServiceOutline } from "../../../src/state/outline.ts";
import { emptyView, nextView, type View } from "../../../src/state/view.ts";

export const NOW = Date.parse("2026-03-01T12:00:00Z");

/** A cluster that a test makes up: it tells what the test says, and notes what is asked of it. */
export interface FakeLive extends Live {
  /** What the daemon says from now on; `at` moves the clock, in seconds after noon. */
  says(services: readonly ServiceStatus[], at?: number): void;
  isGone(failure: Failure): void;
  /** Another one has the save loop from now on, and knows nothing of what the one before it told. */
  isLedBy(loop: LoopNews): void;
  happens(event: EventWithoutTime): void;
  prints(service: string, ...texts: readonly string[]): void;
  /** What another service said at the time of an earlier line, by its number from 0, but only came now. */
  printsAt(line: number, service: string, text: string): void;
  /** One batch. */
  printsAll(lines: readonly { readonly service: string; readonly text: string }[]): void;
  /** All that was asked for. */
  readonly wanted: Intent[];
  /** How the next intents of a kind end; `done`, when nothing is said. */
  readonly ends: { [to in Intent["to"]]?: (hear?: (words: string) => void) => Promise<Partial<Done>> };
  /** Services that were restarted; the next restart ends as this says. */
  readonly restarted: ServiceName[];
  restartEnds: () => Promise<number>;
  /** What the profile says, from the beginning on. */
  outlined: readonly ServiceOutline[];
  /** Those that were last asked about. */
  measured: readonly ServiceName[];
  uses(usage: Readonly<Record<string, Usage>>): void;
  /** What git says of the workspace; gives how many listen. */
  holds(repositories: readonly RepositoryNow[]): number;
  /** The history, the newest first. */
  swaps: readonly SwapRecord[];
  /** `books take`: how offers were answered. */
  readonly answered: string[];
}

type EventWithoutTime = Event extends infer E ? (E extends Event ? Omit<E, "at"> : never) : never;

export function fakeLive(names: readonly string[] = ["books", "authors", "reviews"]): FakeLive {
  const bus: Bus = createBus();
  const statuses = new Set<(news: StatusNews) => void>();
  const readersOfUsage = new Set<(news: ReadonlyMap<ServiceName, Usage>) => void>();
  const readersOfRepositories = new Set<(all: readonly RepositoryNow[]) => void>();
  const viewers = new Set<() => void>();
  const loops = new Set<(news: LoopNews) => void>();
  const readers = new Set<(lines: readonly LiveLine[]) => void>();
  let view: View = emptyView;
  let second = 0;
  let lines = 0;
  const live: FakeLive = {
    cluster: clusterName("books"),
    services: names.map(serviceName),
    status: (listener) => {
      statuses.add(listener);
      return () => statuses.delete(listener);
    },
    view: (listener) => {
      const tell = () => listener(view);
      viewers.add(tell);
      tell();
      const leave = bus.subscribe((event) => {
        view = nextView(view, event);
        tell();
      });
      return () => {
        viewers.delete(tell);
        leave();
      };
    },
    events: bus.subscribe,
    loop: (listener) => {
      loops.add(listener);
      listener({ is: "here" });
      return () => loops.delete(listener);
    },
    isLedBy: (loop) => {
      view = emptyView;
      for (const tell of viewers) tell();
      for (const tell of loops) tell(loop);
    },
    repositories: (listener) => {
      readersOfRepositories.add(listener);
      return () => readersOfRepositories.delete(listener);
    },
    holds: (repositories) => {
      for (const tell of readersOfRepositories) tell(repositories);
      return readersOfRepositories.size;
    },
    outlines: (listener) => {
      listener(live.outlined);
      return () => {};
    },
    usage: (listener) => {
      readersOfUsage.add(listener);
      return () => readersOfUsage.delete(listener);
    },
    measure: (services) => {
      live.measured = services;
    },
    swapsOf: async (service) => live.swaps.filter((swap) => swap.service === service),
    lastSwaps: async () => live.swaps,
    outlined: names.map((name) => anOutline(name)),
    measured: [],
    swaps: [],
    uses: (usage) => {
      const news = new Map(Object.entries(usage).map(([name, used]) => [serviceName(name), used]));
      for (const read of readersOfUsage) read(news);
    },
    logs: (listener) => {
      readers.add(listener);
      return () => readers.delete(listener);
    },
    intents: {
      perform: async (intent, hear) => {
        live.wanted.push(intent);
        if (live.ends[intent.to] !== undefined)
          return { words: "", notes: [], ms: 0, ...(await live.ends[intent.to]?.(hear)) };
        if (intent.to === "answer") live.answered.push(`${intent.service} ${intent.answer}`);
        if (intent.to !== "restart") return { words: "done", notes: [], ms: 0 };
        live.restarted.push(intent.service);
        const ms = await live.restartEnds();
        return { words: `${intent.service} answers again`, notes: [], ms };
      },
    },
    wanted: [],
    ends: {},
    restarted: [],
    answered: [],
    restartEnds: async () => 17,
    says: (services, at = 0) => {
      second = at;
      const status = { cluster: live.cluster, provider: "engine" as const, environment: "local", services };
      for (const tell of statuses) tell({ is: "known", at: NOW + at * 1000, status });
    },
    isGone: (failure) => {
      for (const tell of statuses) tell({ is: "unknown", at: NOW, failure: report(failure) });
    },
    happens: (event) => bus.dispatch({ ...event, at: NOW + second * 1000 } as Event),
    prints: (service, ...texts) => live.printsAll(texts.map((text) => ({ service, text }))),
    printsAt: (line, service, text) => {
      const time = new Date(NOW + line).toISOString();
      for (const read of readers) read([{ service: serviceName(service), text, time }]);
    },
    printsAll: (said) => {
      const printed = said.map(({ service, text }) => ({
        service: serviceName(service),
        text,
        time: new Date(NOW + lines++).toISOString(),
      }));
      for (const read of readers) read(printed);
    },
  };
  return live;
}

/** A service that is well and runs CI's build; a test names what differs. */
export function aService(name: string, differing: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    name: serviceName(name),
    state: "ready",
    mode: "ci",
    build: "ci:124",
    ready: true,
    address: `${name}:8080`,
    since: new Date(NOW - 5 * 60_000).toISOString(),
    ...differing,
  };
}

/** A service of ours without anything; a test names what differs. */
export const anOutline = (name: string, differing: Partial<ServiceOutline> = {}): ServiceOutline => ({
  name: serviceName(name),
  kind: "go",
  image: "scratch",
  repo: undefined,
  ready: undefined,
  dependsOn: [],
  ports: [],
  mounts: [],
  environment: [],
  ...differing,
});

/** Of books, unless a test says whose; so many minutes before noon as its number says. */
export const aSwap = (number: number, differing: Partial<SwapRecord> = {}): SwapRecord => ({
  id: `${differing.service ?? "books"}-${number}`,
  at: new Date(NOW - number * 60_000).toISOString(),
  service: serviceName("books"),
  generation: generation(number),
  paths: ["/w/list.go"],
  pathCount: 1,
  outcome: "settled",
  times: SWAP_TIMES,
  ...differing,
});

export const SWAP_TIMES = { detect: 10, wait: 0, build: 100, deliver: 0, restart: 0, ready: 90, check: 0, total: 200 };

export const compilerFailure = () =>
  report(
    failed("books does not build", {
      output: "# books/handlers\nhandlers/list.go:12:5: undefined: titel\nhandlers/list.go:13:2: missing return",
      hint: "Mend it and save again.",
    }),
  );
