import type { Snapshot } from "./desk.ts";
import type { Area } from "./layout.ts";

/** What a page is drawn from, and the room that it has between the header and the footer. */
export interface PageProps {
  readonly snapshot: Snapshot;
  readonly area: Area;
}
