import type { LogLine } from "../docker/daemon.ts";
import type { ContainerId } from "../model/names.ts";

type Times = Map<LogLine["stream"], string>;

/**
 * How far the logs of containers were read, so that a reading goes on where another ended. Kept for each of a container's
 * two streams: the daemon writes them into one log side by side, a line of the one now and then behind a later line of
 * the other.
 */
export class LogPlaces {
  readonly #last = new Map<ContainerId, Times>();

  /** The same places, to go on from by themselves. */
  copy(): LogPlaces {
    const copy = new LogPlaces();
    for (const [container, times] of this.#last) copy.#last.set(container, new Map(times));
    return copy;
  }

  /** From when on a container is to be read again; undefined where nothing was read of it. */
  since(container: ContainerId): string | undefined {
    const times = [...(this.#last.get(container)?.values() ?? [])];
    return times.length === 0 ? undefined : times.reduce((a, b) => (a < b ? a : b));
  }

  /** What tells a line of a container that was not read until now. */
  unread(container: ContainerId): (line: LogLine) => boolean {
    const before: Times = new Map(this.#last.get(container));
    return ({ stream, time }) => time === undefined || time > (before.get(stream) ?? "");
  }

  /** A line was read. */
  note({ container, stream, time }: LogLine): void {
    if (time === undefined) return;
    const times = this.#last.get(container) ?? new Map();
    this.#last.set(container, times.set(stream, time));
  }
}
