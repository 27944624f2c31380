import { readExecutable } from "../artifact/elf.ts";
import { obstacleTo } from "../artifact/runnable.ts";
import type { CiBuilds, Content } from "../artifact/source.ts";
import type { Store } from "../artifact/store.ts";
import type { Platform, Release } from "../model/artifact.ts";
import { asFailure, environmentFailure, Failure, failed } from "../model/failure.ts";
import type { ArtifactDigest, ServiceName } from "../model/names.ts";
import type { Service } from "../model/profile.ts";
import { size } from "../state/size.ts";
import type { StepProgress } from "./apply.ts";
import type { Downloads } from "./downloads.ts";

/** Where a release comes from, and what it is for. */
export interface FetchContext {
  readonly platform: Platform;
  readonly builds: CiBuilds;
  readonly downloads: Downloads;
  readonly store: Store;
  readonly progress: StepProgress;
  readonly signal: AbortSignal;
}

/**
 * Brings a release into the store where it is not there yet.
 * @throws Failure when nobody has it, when it is not what its digest says, or (exit code 3) when CI's program cannot run
 * on this daemon, whatever its manifest says.
 */
export async function fetchRelease(service: Service, release: Release, context: FetchContext): Promise<void> {
  await context.store.note(service.name, release);
  const builds = context.builds.get(service.name) ?? [];
  const configs = builds.flatMap(({ config }) => config ?? []);
  // First, because it may be all that there is.
  if (release.config !== undefined) await fetchDigest(release.config, configs, service, release, context);
  const codes = builds.flatMap(({ artifacts }) => artifacts.map(({ content }) => content));
  await fetchDigest(release.artifact.digest, codes, service, release, context);
  await expectRunnable(service, release, context);
}

async function fetchDigest(
  wanted: ArtifactDigest,
  contents: readonly Content[],
  service: Service,
  release: Release,
  { store, downloads, progress, signal }: FetchContext,
): Promise<void> {
  if (await store.has(wanted)) return;
  const content = await withDigest(wanted, contents, store);
  if (content === undefined) throw gone(service.name, release);
  const note = `fetching ${release.artifact.build}`;
  progress({ note });
  const onProgress = (done: number, total?: number) =>
    progress({ note: noted(note, done, total), done, ...(total !== undefined && { total }) });
  await ofService(service.name, downloads.fetch(service, content, { signal, onProgress }));
}

/** `fetching ci:125, 3.4 MB of 20 MB`. */
const noted = (note: string, done: number, total: number | undefined): string =>
  `${note}, ${size(done)}${total === undefined ? "" : ` of ${size(total)}`}`;

async function withDigest(
  wanted: ArtifactDigest,
  contents: readonly Content[],
  store: Store,
): Promise<Content | undefined> {
  const digests = await Promise.all(contents.map((content) => store.digestOf(content)));
  return contents[digests.indexOf(wanted)];
}

async function expectRunnable(
  { name, image }: Service,
  { artifact }: Release,
  { store, platform }: FetchContext,
): Promise<void> {
  if (artifact.kind !== "file" || !artifact.build.startsWith("ci:")) return;
  const obstacle = obstacleTo(await readExecutable(store.pathOf(artifact.digest)), image, platform);
  if (obstacle === undefined) return;
  throw environmentFailure(`${name}: ${obstacle.what}`, {
    hint: `It is what CI made as ${artifact.build}, whatever its manifest says of it: correct that build, then run \`devenv up\` again.`,
  });
}

/** What the store and a source say of a content, they say without knowing whose it is. */
export async function ofService<T>(service: ServiceName, fetching: Promise<T>): Promise<T> {
  try {
    return await fetching;
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class === "bug" || failure.message.startsWith(`${service}: `)) throw thrown;
    throw new Failure(failure.class, `${service}: ${failure.message}`, failure);
  }
}

const gone = (service: ServiceName, release: Release) =>
  failed(`${service}: build ${release.artifact.build} is neither in the store nor offered by CI any more`, {
    hint: "Run `devenv up` to take CI's newest build.",
  });
