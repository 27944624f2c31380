import { InnerLine, type Outcome, type Question } from "./inner-line.ts";
import type { ReadyTarget } from "./ready-target.ts";

export interface Patience {
  /** One attempt, or as many as there is time for: a loop in the container costs less than an exec for each. */
  readonly often: "once" | "until";
  readonly ms: number;
  readonly signal: AbortSignal;
}

/**
 * Asks inside of a container; undefined when that has ended, and nothing can be asked in it: why it ended is told
 * elsewhere. When the signal comes, it gives what was found until then, and nothing goes on in the container.
 * @throws Failure when the daemon does not answer.
 */
export async function askInside(
  question: Question,
  target: ReadyTarget,
  patience: Patience,
): Promise<Outcome | undefined> {
  const { daemon, container, line: kept } = target;
  const ready = kept?.take(question, container);
  // Its container may have been restarted since, or the way to it cut, and nobody has heard of it.
  const answer = ready && (await askOn(ready, target, patience).catch(() => undefined));
  if (answer !== undefined) return answer;
  const line = new InnerLine(question, { daemon, container });
  try {
    return (await askOn(line, target, patience)) ?? line.last();
  } catch (thrown) {
    const detail = await daemon.inspect(container).catch(() => undefined);
    if (detail === undefined || detail.state === "running") throw thrown;
    return undefined;
  }
}

/** One question on a line, which is kept or closed after it; undefined where that ended before it answered. */
async function askOn(
  line: InnerLine,
  { line: kept }: ReadyTarget,
  { often, ms, signal }: Patience,
): Promise<Outcome | undefined> {
  const stop = () => line.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    const outcome = await line.ask(often, ms);
    if (outcome === undefined || kept === undefined) line.close();
    else kept.keep(line);
    return outcome;
  } catch (thrown) {
    line.close();
    if (signal.aborted) return line.last();
    throw thrown;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
