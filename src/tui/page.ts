import type { Area } from "./layout.ts";
import type { Snapshot } from "./look.ts";
import type { Line } from "./text.ts";

/** What a page is drawn from, and the room that it has between the header and the footer. */
export interface PageProps {
  readonly snapshot: Snapshot;
  readonly area: Area;
}

/** A page as lines, its title the first; those that there is no room for are cut. */
export type DrawPage = (props: PageProps) => Line[];
