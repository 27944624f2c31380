import { mkdir, open, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, readText, writeJson } from "../host/files.ts";
import { environmentFailure, userFailure } from "../model/failure.ts";
import { INCOMING, incomingName, removeTree } from "./incoming.ts";
import { parseHistory, parseManifest } from "./manifest.ts";
import { HISTORY, MANIFEST, manifestOf, numberOf } from "./manifest-builds.ts";
import type { History, Manifest, ManifestService } from "./manifest-checks.ts";
import {
  type BuiltService,
  contentId,
  isPublished,
  nextHistory,
  nextManifest,
  publishedParts,
} from "./publish-entries.ts";
import { layOut } from "./publish-files.ts";
import { type Dropped, dropOldBuilds } from "./publish-keep.ts";
import type { Store } from "./store.ts";

/** A CI folder as `devenv publish` writes it: docs/artifacts.md has the layout. To be used by one process at a time. */
export interface Publication {
  /** The newest build; undefined before the first. */
  readonly manifest: Manifest | undefined;
  /** Publishes what is new of these. @throws Failure when it cannot be written, or the number is not the next. */
  publish(built: readonly BuiltService[], options: PublishOptions): Promise<PublishedBuild>;
}

interface PublishOptions {
  /** Where what was built lies. */
  readonly store: Store;
  /** The number of this build; one more than the last by default. */
  readonly number: number | undefined;
  /** How many of the newest builds stay; undefined for all. */
  readonly keep?: number | undefined;
  /** ISO 8601. */
  readonly at: string;
  readonly signal: AbortSignal;
}

export interface PublishedBuild {
  /** The newest, which is an earlier one where nothing was new. */
  readonly manifest: Manifest;
  /** Services whose entry is new. */
  readonly fresh: ReadonlySet<string>;
  /** What was removed, where only so many builds are kept. */
  readonly dropped: Dropped | undefined;
}

interface State {
  readonly folder: string;
  readonly manifest: Manifest | undefined;
  readonly history: History | undefined;
  /** The highest number that any build has, published or not. */
  readonly highest: number;
}

/** Everybody may read what is published. */
const PUBLIC = 0o644;

/**
 * Opens the folder, which is made when it is not there. What a publisher that was killed left unfinished is removed; a
 * build that it had finished and not yet named in `manifest.json` is named now.
 * @throws Failure: the folder cannot be written, or holds a manifest with mistakes.
 */
export const openPublication = (folder: string): Promise<Publication> =>
  explained(folder, async () => {
    const builds = join(folder, "builds");
    await mkdir(builds, { recursive: true });
    const names = await readdir(builds);
    for (const name of names.filter((each) => each.startsWith(INCOMING))) await removeTree(join(builds, name));
    const highest = Math.max(0, ...names.filter((name) => /^\d+$/.test(name)).map(Number));
    const state = await completed({ folder, highest, ...(await readState(folder)) });
    return {
      manifest: state.manifest,
      publish: (built, options) =>
        explained(folder, async () => {
          const { manifest, history, fresh } = await publish(state, built, options);
          const { keep } = options;
          const dropped = keep === undefined ? undefined : await dropOldBuilds(folder, keep, manifest, history);
          return { manifest, fresh, dropped };
        }),
    };
  });

async function readState(folder: string): Promise<Pick<State, "manifest" | "history">> {
  const [text, past] = await Promise.all([readText(join(folder, MANIFEST)), readText(join(folder, HISTORY))]);
  const manifest = text === undefined ? undefined : parseManifest(text, join(folder, MANIFEST));
  const history = past === undefined ? manifest && historyOf(manifest) : parseHistory(past, join(folder, HISTORY));
  return { manifest, history };
}

/** Where none was kept: what is known of the past is the newest. */
function historyOf(manifest: Manifest): History {
  const entries = Object.entries(manifest.services).map(
    ([service, entry]) => [service, [{ ...entry, build: numberOf(entry, manifest) }]] as const,
  );
  return { version: 1, services: Object.fromEntries(entries) };
}

/** A folder of a build has its number only when all of it is there, so the last one may be published again. */
async function completed(state: State): Promise<State> {
  const { folder, manifest, highest } = state;
  if (highest <= (manifest?.build ?? 0)) return state;
  const file = join(folder, manifestOf(highest));
  const text = await readText(file);
  if (text === undefined) return state;
  const finished = parseManifest(text, file);
  return { ...state, manifest: finished, history: await reveal(folder, finished, state.history) };
}

interface Done extends Omit<PublishedBuild, "dropped"> {
  readonly history: History;
}

async function publish(state: State, built: readonly BuiltService[], options: PublishOptions): Promise<Done> {
  const { folder, manifest: last, history } = state;
  const changed = built.filter((each) => !isPublished(each, last?.services[each.service]));
  if (changed.length === 0 && last !== undefined) {
    return { manifest: last, history: history ?? historyOf(last), fresh: new Set() };
  }
  const number = nextNumber(state, options.number);
  const incoming = incomingName(join(folder, "builds"));
  try {
    await mkdir(incoming);
    const fresh = await entriesOf(changed, number, incoming, state, options);
    const manifest = nextManifest(last, fresh, number, options.at);
    await writeJson(join(incoming, MANIFEST), manifest, PUBLIC);
    options.signal.throwIfAborted();
    await rename(incoming, join(folder, "builds", String(number)));
    await syncFolder(join(folder, "builds"));
    return { manifest, history: await reveal(folder, manifest, history), fresh: new Set(Object.keys(fresh)) };
  } finally {
    await removeTree(incoming);
  }
}

async function entriesOf(
  changed: readonly BuiltService[],
  number: number,
  incoming: string,
  { folder, manifest, history }: State,
  { store, at, signal }: PublishOptions,
): Promise<Record<string, ManifestService>> {
  const parts = new Map(publishedParts(manifest, history));
  const entries: Record<string, ManifestService> = {};
  for (const { service, commit, isDirty, ...built } of changed) {
    signal.throwIfAborted();
    const laidOut = await layOut({ service, ...built }, { folder, incoming, number, store, parts });
    const id = contentId(laidOut);
    entries[service] = { build: number, id, commit, ...(isDirty && { dirty: true }), at, ...laidOut };
  }
  return entries;
}

/** What is named in the manifest is there: first the history, then, in one step, the manifest. */
async function reveal(folder: string, manifest: Manifest, history: History | undefined): Promise<History> {
  const next = nextHistory(history, manifest);
  await writeJson(join(folder, HISTORY), next, PUBLIC);
  await writeJson(join(folder, MANIFEST), manifest, PUBLIC);
  return next;
}

function nextNumber({ folder, manifest, highest }: State, wanted: number | undefined): number {
  const last = Math.max(manifest?.build ?? 0, highest);
  if (wanted === undefined) return last + 1;
  if (wanted > last) return wanted;
  throw userFailure(`build ${wanted} cannot follow build ${last} in ${folder}`, {
    hint: `give a number above ${last}, or none: then it is ${last + 1}`,
  });
}

/** So that the name survives a loss of power, too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

/** What the file system says against writing there is no matter of devenv's. */
async function explained<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = REASONS.get(errorCode(cause) ?? "");
    if (reason === undefined) throw cause;
    throw environmentFailure(`nothing can be published in ${folder}: ${reason}`, {
      hint: "make room or correct its permissions, or name another folder: --to FOLDER",
      cause,
    });
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EROFS", "the file system is read-only"],
  ["EACCES", "no permission"],
  ["EPERM", "no permission"],
  ["ENOTDIR", "a file is in the place of a folder"],
  ["EEXIST", "a file is in the place of a folder"],
]);
