import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { PullOutcome } from "../../model/repository.ts";
import { errorCode } from "../files.ts";
import type { GitOptions } from "../git.ts";
import { isAlive } from "../liveness.ts";
import { gitEnvironment } from "./surroundings.ts";

/**
 * Clones beside the place and moves it there when it is whole: a half repository is never where a whole one is looked
 * for. What is already there stays.
 */
export async function cloneInto(
  path: string,
  url: string,
  sshOptions: readonly string[],
  { processes, environment, timeoutMs, signal }: GitOptions,
): Promise<PullOutcome> {
  const failed = (words: string): PullOutcome => ({ kind: "left", reason: { kind: "fetchFailed", words } });
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  const aside = await mkdtemp(`${asidePrefix(path)}${process.pid}-`);
  try {
    const made = join(aside, basename(path));
    const env = gitEnvironment(environment, sshOptions);
    const ended = await processes.run("git", ["clone", "--quiet", "--", url, made], {
      env,
      timeoutMs: timeoutMs * PATIENCE,
      signal,
    });
    if (ended.timedOut) return { kind: "left", reason: { kind: "timedOut", afterMs: timeoutMs * PATIENCE } };
    if (ended.code !== 0)
      return failed(
        ended.output
          .trim()
          .replace(/^fatal: /gm, "")
          .split("\n")
          .join("; "),
      );
    await rename(made, path);
    return { kind: "cloned" };
  } catch (cause) {
    return failed(errorCode(cause) === "ENOTEMPTY" ? `${path} is there and no repository` : String(cause));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

const asidePrefix = (path: string): string => join(dirname(path), `.${basename(path)}.cloning-`);

/** What devenv was cloning when it was killed. */
async function removeLeftovers(path: string): Promise<void> {
  const prefix = basename(asidePrefix(path));
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix));
  const isLeft = (name: string) => !isAlive(Number(name.slice(prefix.length).split("-")[0]));
  await Promise.all(
    names.filter(isLeft).map((name) => rm(join(dirname(path), name), { recursive: true, force: true, maxRetries: 3 })),
  );
}

/** All of a history takes longer than what is new of it. */
const PATIENCE = 10;
