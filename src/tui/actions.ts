import type { ServiceName } from "../model/names.ts";
import type { ServiceStatus } from "../model/status.ts";
import type { Intent } from "../state/intents.ts";
import { fetchPrompt, modePrompt, resetPrompt } from "./action-prompts.ts";
import type { Key } from "./keys.ts";
import type { Page } from "./pages.ts";
import type { Prompt } from "./prompt.ts";
import { asked } from "./prompt-keys.ts";
import { type Pressed, type Shown, serviceOf, type Ui } from "./ui.ts";
import type { Wish } from "./wish.ts";

/** What a key asks of the cluster or of one service, on any page that has no other meaning for that key. */
export interface Action {
  readonly key: Key;
  /** For the help and the palette. */
  readonly does: string;
  /** One word, for the footer. */
  readonly word: string;
  /** A page whose footer has it beside those of services. */
  readonly also?: Page | undefined;
  readonly begin: (ui: Ui, shown: Shown) => Pressed;
}

/** In the order of the footer. */
export const ACTIONS: readonly Action[] = [
  simple("s", "swap", "build the chosen service from its work tree and swap it in, as a save does"),
  simple("r", "restart", "restart the chosen service"),
  ofService("x", "stop", "stop the chosen service, or start it again", ({ name, mode }) => ({
    to: mode === "off" ? "start" : "stop",
    service: name,
  })),
  ofService("m", "mode", "where the chosen service's code comes from: ci, local, host, remote or off", modePrompt),
  ofService("i", "pin", "pin the build that the chosen service runs, or unpin it", ({ name, pinned }) => ({
    to: pinned === undefined ? "pin" : "unpin",
    service: name,
  })),
  simple("b", "back", "roll the chosen service back to what was good before", "rollback"),
  ofService("F", "fetch", "fetch builds of CI: of the chosen service, or of all", ({ name }) => fetchPrompt(name)),
  ofCluster(
    "P",
    "pull all",
    "pull all repositories that can be fast-forwarded",
    () => ({ to: "pullAll" }),
    "repositories",
  ),
  simple("o", "open", "open the chosen service's address in the browser"),
  simple("e", "shell", "a shell in the chosen service's container", "shell"),
  simple("c", "copy", "copy the docker command that leads into its container", "dockerCommand"),
  ofCluster("X", "reset", "reset the whole cluster; asks for its name", ({ cluster }) => resetPrompt(cluster)),
];

/** Those that need nothing but the service. */
type Simple = Exclude<Extract<Intent, { readonly service: ServiceName }>["to"], "mode" | "pin" | "answer">;

/** Of the chosen service, and without a question; the intent is called as its word, unless it is named. */
function simple(key: Key, word: string, does: string, to = word as Simple): Action {
  return ofService(key, word, does, ({ name }) => ({ to, service: name }));
}

function ofService(key: Key, word: string, does: string, make: (status: ServiceStatus) => Intent | Prompt): Action {
  const begin = (ui: Ui, shown: Shown): Pressed => {
    const service = serviceOf(ui, shown);
    const status = shown.statuses.find(({ name }) => name === service);
    return status === undefined ? { ui, wish: NOTHING_CHOSEN } : begun(ui, make(status));
  };
  return { key, word, does, begin };
}

function ofCluster(key: Key, word: string, does: string, make: (shown: Shown) => Intent | Prompt, also?: Page): Action {
  return { key, word, does, also, begin: (ui, shown) => begun(ui, make(shown)) };
}

const NOTHING_CHOSEN: Wish = { kind: "tell", words: "this is for one service: choose it on the page of services" };

const begun = (ui: Ui, made: Intent | Prompt): Pressed =>
  "title" in made ? { ui: asked(ui, made) } : { ui, wish: { kind: "perform", intent: made } };
