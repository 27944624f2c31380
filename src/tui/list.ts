import type { ServiceName } from "../model/names.ts";
import type { Usage } from "../model/usage.ts";
import type { LastRecords } from "../state/last-swap.ts";
import type { StatusNews } from "../state/live.ts";
import type { ServiceOutline } from "../state/outline.ts";
import type { View } from "../state/view.ts";
import { naturalWidth } from "./columns.ts";
import type { WholeList } from "./layout.ts";
import { remembered } from "./remembered.ts";
import { grouped, type Item, sorted } from "./row-order.ts";
import { filtered, type Row, rowsOf } from "./rows.ts";
import type { Swaps } from "./swap-memory.ts";
import { doingInRow, type Task } from "./tasks.ts";
import type { Ui } from "./ui.ts";

/** What the list of services is made of. */
export interface ListFacts {
  readonly news: StatusNews | undefined;
  readonly view: View;
  readonly usage: ReadonlyMap<ServiceName, Usage>;
  readonly outlines: readonly ServiceOutline[];
  readonly swaps: Pick<Swaps, "last">;
  readonly tasks: readonly Task[];
}

export interface List {
  /** Those that the filter leaves, as they are sorted and grouped. */
  readonly items: readonly Item[];
  readonly rows: readonly Row[];
  /** As it would be without a filter, so that nothing moves while one is typed. */
  readonly whole: WholeList;
}

/** The list as a person looks at it. */
export function listOf(
  facts: ListFacts,
  { filter, order, isGrouped }: Pick<Ui, "filter" | "order" | "isGrouped">,
): List {
  const { news, view, usage, outlines, swaps, tasks } = facts;
  const all = allRows(news, view.services, view.offers, usage, outlines, swaps.last, tasks);
  return looked(all, filter, order, isGrouped);
}

const allRows = remembered(
  (
    news: StatusNews | undefined,
    services: View["services"],
    offers: View["offers"],
    usage: ListFacts["usage"],
    outlines: ListFacts["outlines"],
    lastSwaps: LastRecords,
    tasks: readonly Task[],
  ): readonly Row[] => {
    if (news?.is !== "known") return [];
    const doing = (service: ServiceName) => doingInRow(tasks.findLast((task) => task.service === service));
    const { status, at } = news;
    return rowsOf({ status, view: { services, offers }, at, usage, outlines, lastSwaps, doing });
  },
);

const looked = remembered((all: readonly Row[], filter: string, order: Ui["order"], isGrouped: boolean): List => {
  const items = grouped(sorted(filtered(all, filter), order), isGrouped);
  return {
    items,
    rows: items.flatMap((item) => (item.is === "row" ? [item.row] : [])),
    whole: { items: grouped(all, isGrouped).length, width: naturalWidth(all) },
  };
});
