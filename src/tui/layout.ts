/** Cells of the terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** How the services' page shares out the screen. Heights are lines; the last line of the terminal stays empty. */
export type Layout =
  | { readonly kind: "oneLine" }
  | { readonly kind: "below" | "beside"; readonly list: Area; readonly panel: Area; readonly page: Page };

export interface Area {
  readonly width: number;
  readonly height: number;
}

/** The room of a page, and how many lines after it something lies that has the keys. */
interface Page extends Area {
  readonly over: number;
}

/** What a page has below the line of its title. */
export const inside = ({ width, height }: Area): Area => ({ width, height: height - 1 });

const HEAD = 2;
/** The headings of the list; the title of the panel. */
const TITLE = 1;
const LEAST_PANEL = 5;
/** In less room, which another thing has taken, there is the list alone. */
const LEAST_WITH_PANEL = 6;
/** Beside each other, both need a width in which a line can be read. */
const WIDE = 150;
const FEW_LINES = 16;

/** The list of services as it would be if there were no end of the screen. */
export interface WholeList {
  /** Lines of it: services, and the titles of their kinds. */
  readonly items: number;
  readonly width: number;
}

/**
 * Below each other as long as that leaves enough of the log to read, else beside each other where it is wide enough.
 * @param below lines of keys, and of what stands above them
 * @param over lines that lie over the page's end
 */
export function layoutOf({ columns, rows }: Size, whole: WholeList, below: number, over = 0): Layout {
  if (columns < 60 || rows < 10) return { kind: "oneLine" };
  const full = rows - 1 - HEAD - below;
  const page = { width: columns, height: full - over, over };
  const { height } = page;
  if (height < LEAST_WITH_PANEL) {
    return {
      kind: "below",
      page,
      list: { width: columns, height: height - TITLE },
      panel: { width: columns, height: 0 },
    };
  }
  const list = Math.max(1, Math.min(whole.items, height - 2 * TITLE - LEAST_PANEL));
  const panel = height - 2 * TITLE - list;
  if (columns >= WIDE && panel < FEW_LINES) {
    const width = Math.min(whole.width, Math.floor(columns * 0.7));
    return {
      kind: "beside",
      page,
      list: { width, height: height - TITLE },
      panel: { width: columns - width - 2, height: height - TITLE },
    };
  }
  return { kind: "below", page, list: { width: columns, height: list }, panel: { width: columns, height: panel } };
}

/** Where a window of `height` begins in a list of `count`, so that `chosen` is in its middle where that is possible. */
export function windowStart(count: number, height: number, chosen: number): number {
  return Math.max(0, Math.min(count - height, chosen - Math.floor(height / 2)));
}
