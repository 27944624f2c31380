import type { ServiceName } from "../model/names.ts";
import type { OfferAnswer } from "../state/offers.ts";
import type { Lens, LogBuffer } from "./log-buffer.ts";

/** Each has its keys in `<page>-keys.ts` and is drawn by `<page>-page.tsx`; app.tsx and press.ts list them. */
export type Page = "services" | "logs" | "detail" | "help";

/** What a person looks at. */
export interface Ui {
  readonly page: Page;
  /** By name, so that it stays the same one while the list changes. */
  readonly chosen: ServiceName | undefined;
  /** Of the services. */
  readonly filter: string;
  /** Keys are text for the filter of this page. */
  readonly isTyping: boolean;
  /** Of the page of logs. */
  readonly lens: Lens;
  /** The first line of the detail that is shown. */
  readonly top: number;
}

export const EVERYTHING: Lens = { of: undefined, find: "", until: undefined };

/** The service that keys act on: the one whose log is shown, else the chosen one. */
export const serviceOf = (ui: Ui): ServiceName | undefined => (ui.page === "logs" ? ui.lens.of : ui.chosen);

export const firstUi: Ui = {
  page: "services",
  chosen: undefined,
  filter: "",
  isTyping: false,
  lens: EVERYTHING,
  top: 0,
};

/** What a key means depends on what is on the screen. */
export interface Shown {
  /** The services that the filter leaves, in their order. */
  readonly services: readonly ServiceName[];
  /** Lines of a page. */
  readonly height: number;
  /** Lines of the detail. */
  readonly detailLines: number;
  readonly log: Pick<LogBuffer, "scrolled">;
}

/** What a key asks of the world outside the screen. */
export type Wish =
  | { readonly kind: "restart"; readonly service: ServiceName }
  /** To the offer of a newer build that is shown. */
  | { readonly kind: "answer"; readonly answer: OfferAnswer }
  | { readonly kind: "quit" | "redraw" | "suspend" };

export interface Pressed {
  readonly ui: Ui;
  readonly wish?: Wish | undefined;
}
