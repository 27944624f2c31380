import type { Machine } from "../flow/machine.ts";
import { whenUnread } from "../host/pipe-reader.ts";
import { EXIT } from "../model/failure.ts";
import type { Session } from "./session.ts";

const STANDARD_OUTPUT = 1;

/**
 * Does what goes on until Ctrl-C, and ends it as well when nobody reads standard output any more: between two lines of
 * it, nothing would be written that tells so. Gives the exit code.
 * @param body has to end when its machine's signal is aborted
 */
export async function whileRead(session: Session, body: (machine: Machine) => Promise<void>): Promise<number> {
  const { machine } = session;
  const unread = new AbortController();
  const end = whenUnread(STANDARD_OUTPUT, () => unread.abort());
  try {
    await body({ ...machine, signal: AbortSignal.any([machine.signal, unread.signal]) });
  } finally {
    end();
  }
  return unread.signal.aborted ? EXIT.done : EXIT.interrupted;
}
