import type { Done, Intent, Intents } from "../state/intents.ts";
import { down, fetchBuilds, pullEverything, reset } from "./cluster-deeds.ts";
import type { Came, Deed, Stage } from "./deed.ts";
import { keepLog } from "./keep-log.ts";
import { modeChanger, pinDeed, restartDeed, rollbackDeed, swapDeed, unpinDeed } from "./service-deeds.ts";
import { dockerCommand, openAddress, shell } from "./terminal-deeds.ts";

/** Carries out what a person asks of the screen, each by the flow of its command. */
export class Performer implements Intents {
  readonly #stage: Stage;
  readonly #changeMode: ReturnType<typeof modeChanger>;
  readonly #under = new Set<Promise<unknown>>();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#changeMode = modeChanger();
  }

  async perform(intent: Intent, hear: (words: string) => void = () => {}): Promise<Done> {
    const { clock } = this.#stage.machine;
    const begun = clock.monotonic();
    const came = this.#carryOut(intent, this.#deed(hear));
    const settled: Promise<unknown> = came.catch(() => undefined).finally(() => this.#under.delete(settled));
    this.#under.add(settled);
    const done = await came.finally(() => this.#stage.feed.look());
    return { notes: [], ms: clock.monotonic() - begun, ...done };
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#under);
  }

  /** A program that asks at the terminal would ask into the screen. */
  #deed(hear: (words: string) => void): Deed {
    const { machine, seat } = this.#stage;
    return { ...this.#stage, hear, machine: { ...machine, bus: seat.bus, isAtTerminal: false } };
  }

  async #carryOut(intent: Intent, deed: Deed): Promise<Came> {
    switch (intent.to) {
      case "swap":
        return swapDeed(intent.service, deed);
      case "restart":
        return restartDeed(intent.service, deed);
      case "stop":
      case "start":
      case "mode":
        return this.#changeMode(intent, deed);
      case "pin":
        return pinDeed(intent, deed);
      case "unpin":
        return unpinDeed(intent.service, deed);
      case "rollback":
        return rollbackDeed(intent.service, deed);
      case "fetch":
        return fetchBuilds(intent.services, deed);
      case "pullAll":
        return pullEverything(deed);
      case "answer":
        await deed.seat.order(intent);
        return { words: `${intent.service}: answered` };
      case "open":
        return openAddress(intent.service, deed);
      case "dockerCommand":
        return dockerCommand(intent.service, deed);
      case "shell":
        return shell(intent.service, deed);
      case "keepLog":
        return keepLog(intent, deed);
      case "down":
        return down(deed);
      case "reset":
        return reset(intent.name, deed);
      default:
        return intent satisfies never;
    }
  }
}
