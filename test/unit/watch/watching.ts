import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type WatchedPaths, type Watching, type WatchOptions, watchPaths } from "../../../src/watch/watch.ts";

/** A new real folder, removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "devenv-watch-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Observed {
  readonly watching: Watching;
  /** Every path that was told, in order. */
  readonly changes: string[];
  /** Resolves once each of these was told since the last `forget`. */
  told(...paths: string[]): Promise<void>;
  forget(): void;
}

/** Watches until the end of the test; resolves when the watch is in place. A failure of the watch fails the test. */
export async function observe(paths: Partial<WatchedPaths>, options: WatchOptions = {}): Promise<Observed> {
  const changes: string[] = [];
  let waiting: { paths: string[]; resolve: () => void }[] = [];
  let failure: unknown;
  const wake = () => {
    const isDone = (wanted: string[]) => wanted.every((path) => changes.includes(path));
    for (const { resolve } of waiting.filter(({ paths: wanted }) => isDone(wanted))) resolve();
    waiting = waiting.filter(({ paths: wanted }) => !isDone(wanted));
  };
  const watching = watchPaths(
    { folders: [], files: [], ...paths },
    {
      onChange: (path) => {
        changes.push(path);
        wake();
      },
      onError: (thrown) => {
        failure = thrown;
      },
    },
    options,
  );
  onTestFinished(async () => {
    await watching.close();
    if (failure !== undefined) throw failure;
  });
  await watching.ready;
  return {
    watching,
    changes,
    told: (...wanted) =>
      new Promise((resolve) => {
        waiting.push({ paths: wanted, resolve });
        wake();
      }),
    forget: () => void changes.splice(0),
  };
}
