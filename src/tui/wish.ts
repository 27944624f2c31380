import type { ServiceName } from "../model/names.ts";
import type { Intent } from "../state/intents.ts";

/** What a key asks of the world outside the screen. */
export type Wish =
  /** With `quits`, the screen is left when it is done, and not when it fails. */
  | { readonly kind: "perform"; readonly intent: Intent; readonly quits?: true }
  /** What the last action of a service came to was read. */
  | { readonly kind: "putAway"; readonly service: ServiceName }
  /** Why nothing is done. */
  | { readonly kind: "tell"; readonly words: string }
  | { readonly kind: "quit" | "redraw" | "suspend" };
