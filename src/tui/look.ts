import type { ClusterName, ServiceName } from "../model/names.ts";
import type { RepositoryNow } from "../model/repository.ts";
import type { Usage } from "../model/usage.ts";
import type { LoopNews, StatusNews } from "../state/live.ts";
import { offerInWords } from "../state/offers.ts";
import type { ServiceOutline } from "../state/outline.ts";
import type { View } from "../state/view.ts";
import { footerLines } from "./footer.ts";
import { type Layout, layoutOf, type Size } from "./layout.ts";
import { listOf } from "./list.ts";
import type { LogBuffer } from "./log-buffer.ts";
import { overHeight } from "./over-view.ts";
import type { Item } from "./row-order.ts";
import type { Row } from "./rows.ts";
import type { Chosen } from "./story.ts";
import type { Swaps } from "./swap-memory.ts";
import { noticeLine } from "./task-lines.ts";
import type { Task, Tasks } from "./tasks.ts";
import { type Line, line, span } from "./text.ts";
import type { Ui } from "./ui.ts";
import { waitsOf } from "./waits.ts";

/** All that is known of the cluster at this moment. */
export interface Known {
  readonly cluster: ClusterName;
  /** In the order of the profile as it was at first. */
  readonly services: readonly ServiceName[];
  readonly news: StatusNews | undefined;
  readonly view: View;
  readonly loop: LoopNews | undefined;
  readonly outlines: readonly ServiceOutline[];
  readonly usage: ReadonlyMap<ServiceName, Usage>;
  readonly swaps: Swaps;
  /** Undefined until their page is opened, which is when git is asked. */
  readonly repositories: readonly RepositoryNow[] | undefined;
  readonly tasks: Tasks;
  /** What the last task, or a key that does nothing here, has to say; gone with the next key. */
  readonly told: Task | string | undefined;
  readonly log: LogBuffer;
}

/** Everything that a frame is drawn from; a new object for every change that can be seen. */
export interface Snapshot extends Omit<Known, "tasks" | "told" | "usage" | "swaps" | "outlines"> {
  readonly size: Size;
  readonly layout: Layout;
  readonly ui: Ui;
  /** Those that the filter leaves, as they are sorted and grouped. */
  readonly items: readonly Item[];
  readonly rows: readonly Row[];
  readonly chosen: Chosen | undefined;
  readonly tasks: readonly Task[];
  /** Above the keys: an action that the page does not show by itself. */
  readonly notice: Line | undefined;
  readonly footer: readonly Line[];
}

/** (known, ui, size) -> all that a frame is drawn from. Pure. */
export function snapshotOf(known: Known, before: Ui, size: Size): Snapshot {
  const { news, tasks } = known;
  const status = news?.is === "known" ? news.status : undefined;
  // An edited profile may have others than there were at first.
  const services = status?.services.map(({ name }) => name) ?? known.services;
  const { items, rows, whole: list } = listOf({ ...known, tasks: tasks.all }, before);
  const name = chosenName(before, services, rows);
  const ui = { ...before, chosen: name ?? before.chosen };
  const chosen = chosenOf(name, known);
  const notice = noticeOf(known, ui, chosen, size.columns);
  const footer = footerLines(ui, size);
  const below = footer.length + (notice === undefined ? 0 : 1);
  const whole = layoutOf(size, list, below);
  const over = whole.kind === "oneLine" ? 0 : overHeight(ui, whole.page);
  return {
    ...known,
    services,
    size,
    layout: over === 0 ? whole : layoutOf(size, list, below, over),
    ui,
    items,
    rows,
    chosen,
    tasks: tasks.all,
    notice,
    footer,
  };
}

/** A filter that the chosen one no longer fits takes it from the list, and never from the page that is about it. */
function chosenName(
  { page, chosen }: Ui,
  services: readonly ServiceName[],
  rows: readonly Row[],
): ServiceName | undefined {
  const stays =
    page === "services" ? rows.some(({ name }) => name === chosen) : chosen !== undefined && services.includes(chosen);
  return stays ? chosen : rows[0]?.name;
}

function chosenOf(
  name: ServiceName | undefined,
  { news, view, outlines, usage, swaps, tasks }: Known,
): Chosen | undefined {
  const statuses = news?.is === "known" ? news.status.services : [];
  const status = statuses.find((service) => service.name === name);
  if (status === undefined || name === undefined) return undefined;
  const outline = outlines.find((one) => one.name === name);
  return {
    name,
    status,
    at: news?.at ?? 0,
    swap: view.services.get(name),
    task: tasks.of(name),
    taking: view.takings.get(name),
    offer: view.offers.find(({ service }) => service === name),
    outline,
    usage: usage.get(name),
    swaps: swaps.of.get(name) ?? [],
    waits: waitsOf(status, statuses, view, outline),
    hook: view.hooks.get(name),
    touched: view.surroundings.touched.get(name),
  };
}

/** A task whose service the page tells of needs no line of its own; a newer build waits in it for its answer. */
function noticeOf(
  { told, tasks, view }: Known,
  { page }: Ui,
  chosen: Chosen | undefined,
  width: number,
): Line | undefined {
  if (typeof told === "string") return line(span(` ${told}`, "yellow"));
  const running = tasks.all.findLast(({ outcome, intent }) => outcome.is === "running" && intent.to !== "answer");
  const task = running ?? told;
  const isShown = task?.service !== undefined && task.service === chosen?.name && page !== "logs";
  if (task !== undefined && !isShown) return noticeLine(task, view.plan, width);
  const offer = offerInWords(view.offers);
  return offer === undefined ? undefined : line(span(` ${offer}`, "cyan"));
}
