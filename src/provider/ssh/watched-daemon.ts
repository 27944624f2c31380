import { existsSync } from "node:fs";
import { get } from "node:http";
import { errorCode } from "../../host/files.ts";
import { runningDeadline } from "../../host/running-time.ts";
import { overSocketFile } from "../../host/socket-file.ts";
import { request } from "../inquiry.ts";
import { CONTAINERS_PATH, EVENTS_PATH, type Look, readContainers } from "./published.ts";

/** What a look gave: what runs there, or in a few words why that is not known; hung when nothing at all came back. */
export type Seen = { readonly look: Look } | { readonly silence: string; readonly isHung: boolean };

/** ssh takes every connection, and closes it when there is nothing at the other end. */
const CLOSED: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A list of containers takes milliseconds, and the way there and back is that of a packet. */
const ANSWERS_WITHIN_MS = 1500;

/** Looks through the forwarded socket once; never throws, and takes no longer than a second and a half. */
export async function lookThrough(socket: string): Promise<Seen> {
  const deadline = runningDeadline(ANSWERS_WITHIN_MS);
  try {
    const { status, body } = await request({ kind: "unix", path: socket }, "GET", CONTAINERS_PATH, deadline.signal);
    if (status === 200) return { look: readContainers(body, existsSync) };
    return { silence: `it answers with HTTP status ${status}`, isHung: false };
  } catch (error) {
    if (deadline.signal.aborted) return { silence: `nothing within ${ANSWERS_WITHIN_MS / 1000} s`, isHung: true };
    return {
      silence: CLOSED.has(errorCode(error) ?? "") ? "nothing takes the connection there" : wordsOf(error),
      isHung: false,
    };
  } finally {
    deadline.stop();
  }
}

/** Calls `wake` at each event after which other ports may be published; resolves when the stream has ended. */
export function wakeAtEvents(socket: string, wake: () => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const asked = get({ ...overSocketFile(socket), path: EVENTS_PATH, signal }, (answer) => {
      answer.on("data", wake);
      answer.on("error", () => {}); // its close is what counts
      answer.on("close", resolve);
    });
    asked.on("error", () => resolve());
  });
}
