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
  /** `overflow` and `caught up`, as often as they came. */
  readonly moments: string[];
  /** Resolves after the next `caught up` from the last `forget` on. */
  caughtUp(): Promise<void>;
}

/** Watches until the end of the test; resolves when the watch is in place. A failure of the watch fails the test. */
export async function observe(paths: Partial<WatchedPaths>, options: WatchOptions = {}): Promise<Observed> {
  const changes: string[] = [];
  const moments: string[] = [];
  let waiting: { isDone: () => boolean; resolve: () => void }[] = [];
  let failure: unknown;
  const wake = () => {
    const done = waiting.filter(({ isDone }) => isDone());
    waiting = waiting.filter((each) => !done.includes(each));
    for (const { resolve } of done) resolve();
  };
  const until = (isDone: () => boolean) =>
    new Promise<void>((resolve) => {
      waiting.push({ isDone, resolve });
      wake();
    });
  const watching = watchPaths(
    { folders: [], files: [], ...paths },
    {
      onChange: (path) => {
        changes.push(path);
        wake();
      },
      onOverflow: () => void moments.push("overflow"),
      onCaughtUp: () => {
        moments.push("caught up");
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
    moments,
    told: (...wanted) => until(() => wanted.every((path) => changes.includes(path))),
    caughtUp: () => until(() => moments.includes("caught up")),
    forget() {
      changes.splice(0);
      moments.splice(0);
    },
  };
}
