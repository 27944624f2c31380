import type { ClusterName, ServiceName } from "../model/names.ts";
import type { ServiceStatus } from "../model/status.ts";
import type { Offer } from "../state/offers.ts";
import { EVERYTHING, type Lens } from "./log-lens.ts";
import type { LogPane } from "./log-pane.ts";
import type { Order } from "./order.ts";
import type { Page } from "./pages.ts";
import type { Prompt } from "./prompt.ts";
import type { Wish } from "./wish.ts";

/** What lies over the page and has the keys until it is closed. */
export type Over =
  /** All keys; or what the last actions came to, whole. `top` is the first line that is shown. */
  | { readonly is: "help" | "said"; readonly top: number }
  /** `at` is the chosen one of those that have what was typed. */
  | { readonly is: "palette"; readonly text: string; readonly at: number }
  | { readonly is: "prompt"; readonly prompt: Prompt; readonly text: string; readonly at: number };

/** What a person looks at. */
export interface Ui {
  readonly page: Page;
  readonly over: Over | undefined;
  /** By name, so that it stays the same one while the list changes. */
  readonly chosen: ServiceName | undefined;
  /** Of the services. */
  readonly filter: string;
  readonly order: Order;
  readonly isGrouped: boolean;
  /** Keys are text for the filter of this page. */
  readonly isTyping: boolean;
  /** Of the page of logs. */
  readonly lens: Lens;
  /** The chosen repository, by its name. */
  readonly repository: string | undefined;
  /** The first line of the detail that is shown. */
  readonly top: number;
}

/** The service that keys act on: the one whose log is shown, else the chosen one; never one that a filter hides. */
export function serviceOf({ page, lens, chosen }: Ui, { services }: Pick<Shown, "services">): ServiceName | undefined {
  if (page === "logs") return lens.of;
  return chosen === undefined || (page === "services" && !services.includes(chosen)) ? undefined : chosen;
}

export const firstUi: Ui = {
  page: "services",
  over: undefined,
  chosen: undefined,
  filter: "",
  order: "profile",
  isGrouped: true,
  isTyping: false,
  lens: EVERYTHING,
  repository: undefined,
  top: 0,
};

/** What a key means depends on what is on the screen. */
export interface Shown {
  readonly cluster: ClusterName;
  /** The services that the filter leaves, in their order. */
  readonly services: readonly ServiceName[];
  readonly statuses: readonly ServiceStatus[];
  /** The newer build of CI that is offered at this moment. */
  readonly offer: Offer | undefined;
  /** Lines of the page, or of what lies over it, without its title. */
  readonly height: number;
  /** Lines of the detail, or of what lies over the page: how far can be scrolled. */
  readonly lines: number;
  /** The names of the repositories, in their order. */
  readonly repositories: readonly string[];
  readonly log: Pick<LogPane, "scrolled" | "searched" | "lines">;
}

export interface Pressed {
  readonly ui: Ui;
  readonly wish?: Wish | undefined;
}
