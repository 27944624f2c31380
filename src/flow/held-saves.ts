import { isConfigOf } from "../artifact/config.ts";
import { asFailure, report } from "../model/failure.ts";
import { effectiveMode, followsSaves, type ModeChoices, modeText } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { ModeChoice, Service } from "../model/profile.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";

/** Changes that come within it are one save, as a person sees it. */
const BURST_MS = 1000;

/** How long what was chosen is known: a person is slower, and a checkout of 5,000 files need not read it as often. */
const KNOWN_MS = 20;

/** Tells a save that is to be swapped in from one that its service's mode holds back, and tells of the latter. */
export class HeldSaves {
  readonly #clusterFolder: string;
  readonly #machine: Pick<Machine, "bus" | "clock">;
  /** When the last change came that was held back. */
  readonly #heldAt = new Map<ServiceName, number>();
  #known: { readonly choices: ModeChoices; readonly atMs: number } | undefined;

  constructor(clusterFolder: string, machine: Pick<Machine, "bus" | "clock">) {
    this.#clusterFolder = clusterFolder;
    this.#machine = machine;
  }

  /** Asks for each save anew: `devenv use` may have been called in another terminal. */
  goes(service: Service, path: string): boolean {
    const choices = this.#choices();
    if (choices === undefined) return false;
    const { mode } = effectiveMode(service, choices);
    if (mode === undefined || followsSaves(mode)) return true;
    // CI's code goes with the config of the work tree, as it does after an `up`.
    if (mode.kind === "ci" && service.repo !== undefined && isConfigOf(service.repo, path)) return true;
    this.#tell(service.name, mode, path);
    return false;
  }

  /** Undefined where they cannot be read, which is told. */
  #choices(): ModeChoices | undefined {
    const { bus, clock } = this.#machine;
    const now = clock.monotonic();
    if (this.#known !== undefined && now - this.#known.atMs < KNOWN_MS) return this.#known.choices;
    try {
      const choices = readModes(this.#clusterFolder);
      this.#known = { choices, atMs: now };
      return choices;
    } catch (thrown) {
      bus.dispatch({ type: "watchFailed", at: clock.now(), failure: report(asFailure(thrown)) });
      return undefined;
    }
  }

  #tell(service: ServiceName, mode: ModeChoice, path: string): void {
    const { bus, clock } = this.#machine;
    const now = clock.monotonic();
    const last = this.#heldAt.get(service) ?? Number.NEGATIVE_INFINITY;
    this.#heldAt.set(service, now);
    if (now - last < BURST_MS) return;
    bus.dispatch({ type: "heldByMode", at: clock.now(), service, mode: modeText(mode), path });
  }
}
