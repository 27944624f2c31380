import type { BuildName } from "../model/artifact.ts";
import type { ServiceName } from "../model/names.ts";
import type { ClusterStatus, ServiceStatus } from "../model/status.ts";
import type { Usage } from "../model/usage.ts";
import { buildInFew } from "../state/build-words.ts";
import { age, duration } from "../state/duration.ts";
import { type EndedSwap, type LastRecords, lastSwapOf } from "../state/last-swap.ts";
import { MARKS, type Tone } from "../state/marks.ts";
import type { ServiceKind, ServiceOutline } from "../state/outline.ts";
import { SEVERITY, stateWords } from "../state/replicas.ts";
import type { ServiceView } from "../state/service-view.ts";
import { SWAP_MARKS } from "../state/swap-marks.ts";
import { cpuInWords, memoryInWords } from "../state/usage.ts";
import type { View } from "../state/view.ts";
import type { Order } from "./order.ts";

/** One service in the list, every cell in the words that are shown. */
export interface Row {
  readonly name: ServiceName;
  readonly kind: string;
  readonly shape: string;
  readonly tone: Tone;
  readonly state: string;
  readonly mode: string;
  readonly build: string;
  readonly up: string;
  readonly cpu: string;
  readonly memory: string;
  readonly address: string;
  readonly swap: string;
  /** The larger, the earlier in that order. */
  readonly weight: Readonly<Record<Exclude<Order, "profile" | "name">, number>>;
}

/** All that rows are made of. */
export interface RowFacts {
  readonly status: ClusterStatus;
  readonly view: Pick<View, "services" | "offers">;
  /** When the daemon said that, in milliseconds since the epoch. */
  readonly at: number;
  readonly usage: ReadonlyMap<ServiceName, Usage>;
  readonly lastSwaps: LastRecords;
  readonly outlines: readonly ServiceOutline[];
  /** What was asked for here and is under way, in one word: `restarting`. */
  readonly doing: (service: ServiceName) => string | undefined;
}

/** The rows of the list, in the profile's order. */
export function rowsOf(facts: RowFacts): Row[] {
  const kinds = new Map(facts.outlines.map(({ name, kind }) => [name, KINDS[kind]]));
  return facts.status.services.map((service) => rowOf(service, kinds.get(service.name) ?? KINDS.image, facts));
}

const KINDS = {
  go: "Go",
  cargo: "Rust",
  node: "Node",
  command: "Commands",
  image: "Images",
} as const satisfies Record<ServiceKind, string>;

function rowOf(service: ServiceStatus, kind: string, { view, at, usage, lastSwaps, doing }: RowFacts): Row {
  const { name, mode, address } = service;
  const since = upSince(service);
  const swap = view.services.get(name);
  const last = lastSwapOf(swap, lastSwaps.get(name));
  // A container that is gone was read before it went.
  const used = service.since === null ? undefined : usage.get(name);
  return {
    name,
    kind,
    mode,
    ...stateOf(service, swap, doing(name), at),
    build: buildMarks(service, view),
    up: since === null ? "-" : age(at - Date.parse(since)),
    cpu: (used && cpuInWords(used)) || "-",
    memory: used === undefined ? "-" : memoryInWords(used),
    address: address ?? "-",
    swap: last === undefined ? "-" : swapInFew(last),
    weight: {
      state: SEVERITY.length - SEVERITY.indexOf(service.state),
      up: since === null ? Number.MIN_SAFE_INTEGER : -Date.parse(since),
      cpu: used?.cpuPercent ?? -1,
      memory: used?.memoryBytes ?? -1,
      swap: last?.at ?? 0,
    },
  };
}

/** What does not run is not up, however long that has been so: its detail says since when. */
const upSince = ({ state, since }: ServiceStatus): string | null =>
  state === "off" || state === "crashed" ? null : since;

/** `ci:124 ◆`: pinned; `ci:125 ◆124`: pinned to another one than runs; `ci:124 ↑125`: CI has a newer one. */
export function buildMarks(
  { name, build, pinned }: Pick<ServiceStatus, "name" | "build" | "pinned">,
  { offers }: Pick<View, "offers">,
): string {
  const pin = pinned === undefined ? "" : ` ◆${build === `ci:${pinned}` ? "" : pinned}`;
  const newer = offers.find(({ service }) => service === name)?.build.replace(/^ci:/, "");
  return `${build === null ? "-" : buildInFew(build as BuildName)}${pin}${newer === undefined ? "" : ` ↑${newer}`}`;
}

function stateOf(
  status: ServiceStatus,
  swap: ServiceView | undefined,
  doing: string | undefined,
  at: number,
): Pick<Row, "shape" | "tone" | "state"> {
  const { shape, tone, word: plain } = MARKS[status.state];
  const word = isSettling(status, at) ? "settling" : stateWords(plain, status, at);
  const stage = doing ?? stageOf(swap);
  if (stage !== undefined) return { shape: MARKS.swapping.shape, tone: MARKS.swapping.tone, state: stage };
  return doesNotBuild(swap) ? { shape, tone: "red", state: `${word} ✖ build` } : { shape, tone, state: word };
}

/** Whether what was saved last does not build, and nothing newer is on its way. */
export const doesNotBuild = (swap: ServiceView | undefined): boolean =>
  swap?.last?.outcome === "buildFailed" && swap.failure !== undefined && stageOf(swap) === undefined;

/** In how long, its story says: a column that counted down would be another width at every look. */
const isSettling = ({ settlesAt }: ServiceStatus, at: number): boolean =>
  settlesAt !== undefined && Date.parse(settlesAt) > at;

const STAGES = {
  delivering: "delivering",
  restarting: "restarting",
  probing: "probing",
  committing: "answers",
  notReady: "rolling back",
} as const;

/** What a swap is at, in one word; undefined when none is under way. The container's stage is nearer to the end. */
function stageOf(swap: ServiceView | undefined): string | undefined {
  if (swap === undefined) return undefined;
  if (swap.container.is !== "quiet") return STAGES[swap.container.is];
  if (swap.build.is === "none") return undefined;
  return swap.build.is === "built" ? STAGES.delivering : "building";
}

/** `✔ 14:03 193 ms`: how the last swap ended, when, and how long it took where it came to its end. */
function swapInFew({ outcome, at, times }: EndedSwap): string {
  const clock = new Date(at).toTimeString().slice(0, 5);
  return `${SWAP_MARKS[outcome].shape} ${clock}${times === undefined ? "" : ` ${duration(times.total)}`}`;
}

/** The rows in which the text occurs: in a name, a kind, a state, a mode or a build. */
export function filtered(rows: readonly Row[], filter: string): readonly Row[] {
  const wanted = filter.toLowerCase();
  if (wanted === "") return rows;
  return rows.filter(({ name, kind, state, mode, build }) =>
    [name, kind, state, mode, build].some((cell) => cell.toLowerCase().includes(wanted)),
  );
}
