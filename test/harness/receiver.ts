import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Transform } from "node:stream";
import { execa } from "execa";
import receive from "../../src/delivery/push/receive.sh";
import type { Wire } from "../../src/delivery/push/receiver.ts";
import { writeOut } from "../../src/docker/exec.ts";

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
    running.stdin.on("error", () => {});
    if (through === undefined) writeOut(input, running.stdin).catch(() => undefined);
    else {
      through.on("error", () => running.stdin.destroy());
      through.pipe(running.stdin);
      writeOut(copies(input), through).catch(() => undefined);
    }
    running.stdout.pipe(output);
    return running;
  };

/** What is on its way through a stream may still be there when the next piece is asked for. */
async function* copies(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece);
}
