import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Transform } from "node:stream";
import { execa } from "execa";
import receive from "../../src/delivery/push/receive.sh";
import type { Wire } from "../../src/delivery/push/receiver.ts";

/** A folder in the place of a cluster's volume. */
export const volumeHere = (): Promise<string> => mkdtemp(join(tmpdir(), "devenv-volume-"));

/**
 * A real receiver without a daemon: the script in this machine's busybox, as the helper container runs it.
 * @param through what happens to its input on the way
 */
export const wireHere =
  (volume: string, through?: Transform): Wire =>
  (input, output, signal) => {
    const running = execa("/bin/busybox", ["sh", "-c", receive, "/bin/busybox", volume], {
      cancelSignal: signal,
      buffer: false,
      reject: false,
    });
    const source: Readable = through === undefined ? input : input.pipe(through);
    source.on("error", () => running.stdin.destroy());
    running.stdin.on("error", () => {});
    source.pipe(running.stdin);
    running.stdout.pipe(output);
    return running;
  };
